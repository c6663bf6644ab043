import Scenes

/// Per-picture confusion matrices as CSV, so that any interval over pictures can be computed without the models.
enum PictureTable {
  /// One row a picture and protocol: `picture,protocol,`, then the 64 counts `truth>prediction`.
  static func csv(_ pictures: [(name: String, tally: Tally)]) -> String {
    let pairs = Category.allCases.flatMap { truth in Category.allCases.map { "\(truth.name)>\($0.name)" } }
    var text = "picture,protocol," + pairs.joined(separator: ",") + "\n"
    for (name, tally) in pictures {
      for scoringProtocol in ScoringProtocol.allCases {
        guard let sums = tally.sums[scoringProtocol] else { continue }
        text += "\(Table.quoted(name)),\(scoringProtocol.rawValue),"
        text += sums.confusion.counts.map(String.init).joined(separator: ",") + "\n"
      }
    }
    return text
  }
}
