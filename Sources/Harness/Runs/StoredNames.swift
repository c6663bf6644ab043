import Settings

extension RunStore {
  /// These cells under the names that they are stored under. A name tells the values of the axes that the experiment had
  /// when a cell was first run; an axis that it has since gained or lost makes no other cell of it.
  ///
  /// - Throws: errors of a stored record.
  func named(_ cells: [Cell]) throws -> [Cell] {
    let names = ((try? RunInventory.cellFolders(in: folder)) ?? []).sorted()
    let byFingerprint = Dictionary(grouping: names, by: Cell.fingerprint(in:))
    return try cells.map { cell in
      // A name is only what a folder is called: the settings in it must be the cell's, too.
      let known = try (byFingerprint[cell.fingerprint] ?? []).filter { name in
        guard let settings = try? Self.settings(of: folder(of: name)) else { return false }
        return try Cell.fingerprint(settings, cell.contents) == cell.fingerprint
      }
      // Where it is stored under several: what is finished before what is begun, its own name before others.
      let ordered = known.filter { $0 == cell.name } + known.filter { $0 != cell.name }
      guard ordered.count > 1 else { return ordered.first.map(cell.named) ?? cell }
      return cell.named(try ordered.first { try record(of: $0) != nil } ?? ordered[0])
    }
  }
}
