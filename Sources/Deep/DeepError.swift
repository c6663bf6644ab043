/// What can be wrong with what is handed to networks and their training.
package enum DeepError: Error, Equatable, CustomStringConvertible {
  /// A weights file whose arrays are not those of the network: names of each kind, misshapen ones with both shapes.
  case mismatch(missing: [String], extra: [String], misshapen: [String])
  /// A weights file that lacks or garbles what a network is made from.
  case badCheckpoint(reason: String)
  /// Pictures and targets that don't fit each other.
  case badBatch(reason: String)

  package var description: String {
    switch self {
    case .mismatch(let missing, let extra, let misshapen):
      [("missing", missing), ("not known", extra), ("of the wrong shape", misshapen)]
        .filter { !$0.1.isEmpty }
        .map { "\($0.0): \(Self.first($0.1))" }
        .joined(separator: "; ")
    case .badCheckpoint(let reason): "not a network's weights: \(reason)"
    case .badBatch(let reason): "pictures and targets don't fit: \(reason)"
    }
  }

  /// A few names, and how many others there are: weights of another network lack hundreds.
  private static func first(_ names: [String]) -> String {
    let (shown, count) = (names.sorted().prefix(4).joined(separator: ", "), names.count)
    return count > 4 ? "\(shown) and \(count - 4) more" : shown
  }
}
