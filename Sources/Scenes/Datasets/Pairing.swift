/// Finds the label file of each picture by their names.
struct Pairing {
  /// The label file of each picture that has exactly one.
  private(set) var labels: [String: String] = [:]
  /// Pictures that could have several, with all of them.
  private(set) var unclear: [String: [String]] = [:]

  /// Pairs files of one folder of pictures and one of label files: those of the same name; else a label file goes with
  /// the picture whose name it begins with, the longest of several; else those whose names are the same but for words
  /// such as `image` and `mask`.
  ///
  /// - Parameters:
  ///   - pictures: paths, whose last component without ending is the name.
  ///   - masks: paths of label files.
  init(pictures: [String], masks: [String]) {
    func stem(_ path: String) -> String { path.lastComponent.withoutEnding }
    var open = Dictionary(grouping: pictures, by: stem)
    var free = masks
    func take(_ key: (String) -> String?) {
      var candidates: [String: [String]] = [:]
      for mask in free { if let key = key(mask) { candidates[key, default: []].append(mask) } }
      for (key, masks) in candidates {
        guard let own = open[key] else { continue }
        let chosen = masks.count == 1 ? masks : masks.filter { stem($0).hasSuffix("_labelIds") }
        if own.count == 1, chosen.count == 1 {
          labels[own[0]] = chosen[0]
        } else {
          for picture in own { unclear[picture] = masks.sorted() }
        }
        open[key] = nil
        free.removeAll { masks.contains($0) }
      }
    }
    take { stem($0) }
    take { mask in
      // From the longest beginning down, so that `street_2_gt` is of `street_2`, not of `street`.
      var start = Substring(stem(mask))
      while let last = start.popLast() {
        if !last.isLetter, !last.isNumber, open[String(start)] != nil { return String(start) }
      }
      return nil
    }
    let plain = Dictionary(grouping: open.keys) { Self.plain($0) }
    take { mask in
      let names = plain[Self.plain(stem(mask))] ?? []
      return names.count == 1 ? names[0] : nil
    }
  }

  /// A name without the words that only tell what the file is.
  private static func plain(_ name: String) -> String {
    Words.words(name).filter { !Words.pictures.contains($0) && !Words.masks.contains($0) }.joined(separator: "_")
  }
}
