import Scenes

extension PictureSums {
  /// A score of all pictures together, and how far each of them moves it.
  package struct Influence: Equatable, Sendable {
    package let value: Double
    /// By picture: psi_i = mean over ratios of (a_i - r b_i) / B, where r = A / B is a ratio of sums over pictures. They
    /// sum to zero (Hampel 1974, doi:10.1080/01621459.1974.10482962).
    package let parts: [Double]
  }

  /// The influence of each picture on a score; nil where that is 0/0.
  ///
  /// - Parameters:
  ///   - metric: the score.
  ///   - classSet: the classes.
  ///   - scoringProtocol: which of them have a score.
  package func influence(
    on metric: Metric, of classSet: ClassSet, under scoringProtocol: ScoringProtocol
  ) -> Influence? {
    let places = scoringProtocol.classes(of: classSet)
    func hits(_ picture: Int, _ place: Int) -> Double { values[picture * width + place] }
    func truth(_ picture: Int, _ place: Int) -> Double { values[picture * width + classCount + place] }
    func both(_ picture: Int, _ place: Int) -> Double {
      truth(picture, place) + values[picture * width + 2 * classCount + place]
    }
    func union(_ picture: Int, _ place: Int) -> Double { both(picture, place) - hits(picture, place) }
    func ious(_ places: [Int]) -> Influence? {
      mean(places.map { place in ({ hits($0, place) }, { union($0, place) }) })
    }
    func sum(_ value: (Int, Int) -> Double, _ picture: Int, _ places: some Sequence<Int>) -> Double {
      places.reduce(0) { $0 + value(picture, $1) }
    }
    switch metric {
    case .meanIoU: return ious(places)
    case .meanDice: return mean(places.map { place in ({ 2 * hits($0, place) }, { both($0, place) }) })
    case .flatIoU: return mean([({ sum(hits, $0, places) }, { sum(union, $0, places) })])
    case .accuracy: return mean([({ sum(hits, $0, places) }, { sum(truth, $0, 0..<classCount) })])
    case .iou(let name): return classSet.names.firstIndex(of: name).flatMap { ious([$0]) }
    case .meanInstanceIoU: return instanceIoU(classSet.withInstances.indices.map { $0 })
    case .instanceIoU(let name):
      return classSet.withInstances.firstIndex { classSet.names[$0] == name }.flatMap { instanceIoU([$0]) }
    }
  }

  /// Of the classes with instances at `places` of their list.
  private func instanceIoU(_ places: [Int]) -> Influence? {
    guard let instances, pictureCount > 0 else { return nil }
    let width = instances.count / pictureCount
    return mean(
      places.map { place in
        (
          { instances[$0 * width + 3 * place] },
          { instances[$0 * width + 3 * place..<$0 * width + 3 * place + 3].reduce(0, +) }
        )
      })
  }

  /// Of a mean of ratios of sums over pictures; those that are 0/0 are left out.
  private func mean(_ ratios: [(numerator: (Int) -> Double, denominator: (Int) -> Double)]) -> Influence? {
    var parts = [Double](repeating: 0, count: pictureCount)
    var (sum, present) = (0.0, 0.0)
    for (numerator, denominator) in ratios {
      let above = (0..<pictureCount).map(numerator)
      let below = (0..<pictureCount).map(denominator)
      let whole = below.reduce(0, +)
      guard let ratio = ratio(above.reduce(0, +), whole) else { continue }
      for picture in parts.indices { parts[picture] += (above[picture] - ratio * below[picture]) / whole }
      sum += ratio
      present += 1
    }
    guard present > 0 else { return nil }
    return Influence(value: sum / present, parts: parts.map { $0 / present })
  }
}
