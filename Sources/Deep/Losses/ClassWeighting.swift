extension CrossEntropyLoss {
  /// How classes are weighed against their frequency in the training pictures.
  package enum ClassWeighting: String, CaseIterable, Sendable {
    /// 1 each.
    case none
    /// 1 / frequency, scaled so that the weights of the classes present have mean 1.
    case inverse
    /// Median of the frequencies / frequency (Eigen and Fergus 2015, arXiv:1411.4734).
    case median

    /// The weights for `counts` pixels of each class. Classes without pixels get 0, which matters nothing.
    package func weights(counts: [Int]) -> [Float]? {
      let present = counts.filter { $0 > 0 }.sorted()
      guard self != .none, !present.isEmpty else { return nil }
      let middle = present.count / 2
      let median =
        present.count % 2 == 1 ? Double(present[middle]) : Double(present[middle - 1] + present[middle]) / 2
      let inverseMean = present.reduce(0) { $0 + 1 / Double($1) } / Double(present.count)
      return counts.map { count in
        guard count > 0 else { return 0 }
        return Float(self == .median ? median / Double(count) : 1 / (Double(count) * inverseMean))
      }
    }
  }
}
