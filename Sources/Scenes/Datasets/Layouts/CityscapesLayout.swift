/// Cityscapes (Cordts et al. 2016, arXiv:1604.01685) as its zips unpack, also where each zip has a folder of its own.
package enum CityscapesLayout: DatasetLayout {
  package static let name = "cityscapes"
  package static let summary = "leftImg8bit/<split>/<city>/ and gtFine/<split>/<city>/"

  /// Those of Cityscapes, with its coarsely labelled ones.
  private static let cities: Set<Substring> = [
    "aachen", "augsburg", "bad-honnef", "bamberg", "bayreuth", "berlin", "bielefeld", "bochum", "bonn", "bremen",
    "cologne",
    "darmstadt", "dortmund", "dresden", "duisburg", "dusseldorf", "erfurt", "erlangen", "frankfurt", "freiburg",
    "hamburg",
    "hanover", "heidelberg", "heilbronn", "jena", "karlsruhe", "konigswinter", "konstanz", "krefeld", "leverkusen",
    "lindau", "mainz", "mannheim", "monchengladbach", "muhlheim-ruhr", "munich", "munster", "nuremberg", "oberhausen",
    "saarbrucken", "schweinfurt", "strasbourg", "stuttgart", "troisdorf", "tubingen", "ulm", "weimar", "wuppertal",
    "wurzburg", "zurich",
  ]

  package static func find(in index: FolderIndex) throws -> FoundScenes? {
    let pictures = try root("leftImg8bit", index)
    guard let pictures else { return nil }
    guard let truth = try root("gtFine", index) else {
      throw ScenesError.unknownLayout(folder: index.root.path, reason: "leftImg8bit is there, but gtFine is missing")
    }
    var found = FoundScenes()
    found.evidence = .cityscapes
    found.order = .places
    let ending = "_leftImg8bit"
    var withoutLabels = 0
    for file in index.files where file.hasPrefix(pictures + "/") && file.isPicture {
      let parts = file.dropFirst(pictures.count + 1).split(separator: "/").map(String.init)
      let stem = file.lastComponent.withoutEnding
      guard parts.count >= 2, stem.hasSuffix(ending) else { continue }
      // The public test split has no usable labels.
      guard let split = ["train", "val"].first(where: { $0 == parts[0] }) else {
        withoutLabels += 1
        continue
      }
      let name = String(stem.dropLast(ending.count))
      // Some leave the folders of cities out, but every name begins with the city.
      let city = parts.count > 2 ? parts[1...].dropLast().joined(separator: "/") : String(name.prefix { $0 != "_" })
      let base = "\(truth)/\(split)" + (parts.count > 2 ? "/\(city)/" : "/") + "\(name)_gtFine_"
      let candidates = ["labelIds", "labelTrainIds", "color"].map { "\(base)\($0).png" }
      guard let labels = candidates.first(where: index.has) else {
        found.problems.append(
          .missingLabels(picture: index.url(file).path, expected: index.url(candidates[0]).path))
        continue
      }
      let instances = "\(base)instanceIds.png"
      found.scenes.append(
        .init(
          split: split, group: city, name: name, picture: file, labels: labels,
          instances: index.has(instances) ? instances : nil))
    }
    // Others' pictures may lie like these.
    if found.scenes.allSatisfy({ cities.contains($0.group.split(separator: "/").first ?? "") }) {
      found.citation = "Cityscapes: Cordts et al. 2016, arXiv:1604.01685"
    }
    if withoutLabels > 0 { found.unused["pictures of splits without labels"] = withoutLabels }
    // What Cityscapes has beside is no surprise.
    found.countUnused(index) { file in
      file.hasPrefix(truth + "/") && file.contains("_gtFine_")
        || file.hasPrefix(pictures + "/") && file.withoutEnding.hasSuffix(ending)
        || ["readme", "license.txt"].contains(file.lowercased())
    }
    return found
  }

  /// The folder called `name` in the dataset's, or in a folder directly within it.
  private static func root(_ name: String, _ index: FolderIndex) throws -> String? {
    let all = index.folders.filter { $0 == name || $0.hasSuffix("/\(name)") && $0.split(separator: "/").count == 2 }
      .sorted()
    guard all.count <= 1 else {
      throw ScenesError.unknownLayout(
        folder: index.root.path, reason: "it holds several datasets: \(all.joined(separator: ", ")); name one's folder")
    }
    return all.first
  }
}
