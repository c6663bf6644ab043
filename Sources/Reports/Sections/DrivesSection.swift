import Harness
import Scenes

/// How well each drive of the test is segmented, and pictures by how near they are to those that were trained on.
struct DrivesSection: ReportPart {
  static let key = "drives"
  let subject: Report

  func make() -> ReportSection? {
    guard let drives = index.testPictures?.drives, let facts = groups.first?.facts.first,
      facts.drives.contains(where: { $0 != nil })
    else { return nil }
    let isMixed = facts.seen != nil && facts.unseen != nil
    let rows = report.few(ofOneModel: true).note
    var blocks: [ReportSection.Block] = [
      .table(
        ReportTable(
          name: "drives", note: say { $0.drivesNote(headline: headlineNote, rows: rows, isMixed: isMixed) },
          table: table(of: drives, facts, isMixed: isMixed)))
    ]
    if facts.distances.contains(where: { $0 != nil }) {
      blocks.append(
        .table(
          ReportTable(
            name: "distances", note: say { $0.distancesNote(headline: headlineNote, rows: rows) },
            table: distances(facts))))
    }
    return ReportSection(title: say(\.drivesTitle), blocks: blocks)
  }

  /// A column each.
  private var groups: [Group] { report.few(ofOneModel: true).groups }

  private func table(of drives: [TestPictures.Drive], _ facts: PictureFacts, isMixed: Bool) -> Table {
    func kind(_ isSeen: Bool) -> Table.Value { isSeen ? phrase(\.seenDrive) : phrase(\.unseenDrive) }
    var rows: [[Table.Value]] = []
    if isMixed {
      rows.append([phrase(\.allDrives), kind(false)] + values(facts.unseen, \.unseen))
      rows.append([phrase(\.allDrives), kind(true)] + values(facts.seen, \.seen))
    }
    for (place, drive) in drives.enumerated() {
      rows.append([.text(drive.name), kind(drive.isSeen)] + values(facts.drives[place]) { $0.drives[place] })
    }
    return Table(columns: [column(\.drive, "drive"), column(\.trainedOn, "trained_on")] + valueColumns, rows: rows)
  }

  private func distances(_ facts: PictureFacts) -> Table {
    let rows = FrameDistance.allCases.enumerated().map { place, distance -> [Table.Value] in
      [.text(distance.rawValue)] + values(facts.distances[place]) { $0.distances[place] }
    }
    return Table(columns: [column(\.framesAway, "frames")] + valueColumns, rows: rows)
  }

  private var valueColumns: [Table.Column] {
    [column(\.pictureCount, "pictures"), column(\.classesAveraged, "classes")]
      + groups.map { .init(title: $0.label, key: $0.label) }
  }

  /// How many pictures and classes a row is of, which no model has a say in, and the mean IoU of each group.
  private func values(_ any: DriveScore?, _ score: (PictureFacts) -> DriveScore?) -> [Table.Value] {
    [.whole(any?.pictureCount), .whole(any?.classCount)]
      + groups.map { group in .score(group.mean { score($0)?.meanIoU }) }
  }
}
