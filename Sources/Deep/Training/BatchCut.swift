/// How a batch is cut into shards, and who has which.
///
/// Shards are as even as can be, and hold one picture at least, so that a small batch has fewer. Ranks have
/// neighbouring shards, rank 0 one at least; with fewer shards than ranks some have none.
package struct BatchCut: Equatable, Sendable {
  package let pictures, shards, ranks: Int

  /// - Parameters:
  ///   - pictures: how many the batch has.
  ///   - shards: into how many a full batch is cut.
  ///   - ranks: how many processes share them.
  package init(pictures: Int, shards: Int, ranks: Int) {
    precondition(pictures > 0 && shards > 0 && ranks > 0, "\(pictures) pictures, \(shards) shards, \(ranks) ranks")
    (self.pictures, self.shards, self.ranks) = (pictures, min(shards, pictures), ranks)
  }

  /// The pictures of a shard.
  package func pictures(of shard: Int) -> Range<Int> {
    shard * pictures / shards..<(shard + 1) * pictures / shards
  }

  /// The shards of a rank.
  package func shards(of rank: Int) -> Range<Int> {
    func first(_ rank: Int) -> Int { (rank * shards + ranks - 1) / ranks }
    return first(rank)..<first(rank + 1)
  }

  /// The pictures of a rank's shards.
  package func pictures(ofRank rank: Int) -> Range<Int> {
    let own = shards(of: rank)
    guard let first = own.first, let last = own.last else { return 0..<0 }
    return pictures(of: first).lowerBound..<pictures(of: last).upperBound
  }

  /// The ranks that have a shard.
  var holders: [Int] { (0..<ranks).filter { !shards(of: $0).isEmpty } }
}
