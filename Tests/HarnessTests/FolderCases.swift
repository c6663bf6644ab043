import Foundation
import Scenes
import Settings
import Storage

/// A small folder in one of the ways in which people have data.
struct FolderCase {
  let name: String
  /// What it is, in a few words.
  let about: String
  var classes: ClassSet = .cityscapes8
  var encoding: String?
  let build: (FolderMaker) throws -> Void
}

/// Draws scenes of a few upright bands into files.
struct FolderMaker {
  let root: URL
  /// Bands of label ids that a picture of a street may have: road, building, vegetation, sky, car.
  static let bands: [UInt16] = [7, 11, 21, 23, 26]

  /// Writes a picture of bands and its label file.
  ///
  /// - Parameters:
  ///   - picture: its path.
  ///   - mask: the path of its label file; nil for none.
  ///   - values: the number of each band, as label ids or as `code` has it.
  ///   - seed: makes pictures differ.
  ///   - code: what stands for a number in the label file.
  ///   - size: of the picture.
  func scene(
    _ picture: String, _ mask: String?, _ values: [UInt16] = bands, seed: Int = 0, as code: Code = .grey,
    size: PixelSize = PixelSize(width: 20, height: 8)
  ) throws {
    let labels = bandMap(values, size, seed: seed)
    var drawn = Picture(width: size.width, height: size.height)
    for index in drawn.pixels.indices {
      drawn.pixels[index] = UInt8(truncatingIfNeeded: Int(labels[index / 3]) * 7 + index * (seed + 3) % 23 + seed)
    }
    try PNG.write(drawn, to: file(picture))
    if let mask { try write(labels, size, mask, code) }
  }

  enum Code {
    case grey, wide
    /// A grey picture saved in colour.
    case greyInColour
    case colours((UInt16) -> RGB)
    /// Resized with a filter: values in between at borders.
    case blended
  }

  func write(_ labels: [UInt16], _ size: PixelSize, _ path: String, _ code: Code) throws {
    func colours(_ colour: (UInt16) -> RGB) throws {
      var picture = Picture(width: size.width, height: size.height)
      for (index, label) in labels.enumerated() { picture[index % size.width, index / size.width] = colour(label) }
      try PNG.write(picture, to: file(path))
    }
    switch code {
    case .grey:
      try PNG.write(
        LabelMap(width: size.width, height: size.height, labels: labels.map { UInt8($0) }), to: file(path))
    case .wide: try PNG.write(InstanceMap(width: size.width, height: size.height, ids: labels), to: file(path))
    case .greyInColour: try colours { RGB(UInt8($0), UInt8($0), UInt8($0)) }
    case .colours(let colour): try colours(colour)
    case .blended:
      let mixed = labels.indices.map { index -> UInt16 in
        let isInner = index % size.width > 0 && index % size.width < size.width - 1
        return isInner ? (labels[index - 1] + 2 * labels[index] + labels[index + 1]) / 4 : labels[index]
      }
      try write(mixed, size, path, .grey)
    }
  }

  /// The bands, moved to the side by `seed`.
  func bandMap(_ values: [UInt16], _ size: PixelSize, seed: Int = 0) -> [UInt16] {
    (0..<size.area).map { values[($0 + seed) % size.width * values.count / size.width] }
  }

  func text(_ text: String, _ path: String) throws { try Files.write(text, to: file(path)) }

  /// Copies a small JPEG of 16x8 pixels.
  func jpeg(_ path: String, _ fixture: String = "street.jpg") throws {
    let source = Bundle.module.bundleURL.appendingPathComponent("Fixtures/folders/\(fixture)")
    try Files.write(Data(contentsOf: source), to: file(path))
  }

  func file(_ path: String) -> URL { root.appendingPathComponent(path) }

  /// Three drives to train on and one to test on.
  static let drives: [(split: String, drive: String)] = [
    ("train", "north"), ("train", "south"), ("train", "west"), ("val", "east"),
  ]

  /// Two frames of each drive.
  func each(_ body: (_ split: String, _ drive: String, _ frame: String, _ seed: Int) throws -> Void) throws {
    var seed = 0
    for (split, drive) in Self.drives {
      for frame in ["000001", "000002"] {
        seed += 1
        try body(split, drive, frame, seed)
      }
    }
  }
}

extension FolderCase {
  private static let trainIds: [UInt16] = [0, 2, 8, 10, 13]
  private static let road = try? ClassSet(
    Setting(
      yaml: "{name: road-car, classes: [{name: road, values: [0]}, {name: car, values: [1, 2]}], void: [9]}",
      file: "test"))

  private static func folders(
    _ name: String, _ about: String, classes: ClassSet = .cityscapes8, encoding: String? = "cityscapes",
    values: [UInt16] = FolderMaker.bands, as code: FolderMaker.Code = .grey,
    path: @escaping (_ split: String, _ drive: String, _ frame: String) -> (picture: String, mask: String?) = {
      ("\($0)/images/\($1)_\($2).png", "\($0)/masks/\($1)_\($2).png")
    },
    then: @escaping (FolderMaker) throws -> Void = { _ in }
  ) -> FolderCase {
    FolderCase(name: name, about: about, classes: classes, encoding: encoding) { maker in
      try maker.each { split, drive, frame, seed in
        let paths = path(split, drive, frame)
        try maker.scene(paths.picture, paths.mask, values, seed: seed, as: code)
      }
      try then(maker)
    }
  }

  private static func cityscapes(_ split: String, _ drive: String, _ frame: String, _ ending: String) -> (
    String, String
  ) {
    let name = "\(drive)_\(frame)_000019"
    return (
      "leftImg8bit/\(split)/\(drive)/\(name)_leftImg8bit.png", "gtFine/\(split)/\(drive)/\(name)_gtFine_\(ending).png"
    )
  }

  private static func camvid(_ split: String, _ drive: String, _ frame: String) -> (String, String) {
    let drives = ["north": "0001TP", "south": "0006R0", "west": "0016E5", "east": "Seq05VD"]
    let name = "\(drives[drive] ?? drive)_\(frame)"
    return ("\(split)/\(name).png", "\(split)annot/\(name).png")
  }

  private static let camvidValues: [UInt16] = [0, 1, 3, 5, 8]

  private static func colours(of set: ClassSet) -> (UInt16) -> RGB {
    { label in set.classes.first { UInt16($0.exportValue) == label }?.colour ?? RGB(0, 0, 0) }
  }

  /// Ways that can be read.
  static var good: [FolderCase] {
    [
      folders("cityscapes", "Cityscapes' own", encoding: nil, path: { cityscapes($0, $1, $2, "labelIds") }),
      folders(
        "cityscapes-zips", "each zip in a folder of its own", encoding: nil,
        path: {
          let (picture, mask) = cityscapes($0, $1, $2, "labelIds")
          return ("leftImg8bit_trainvaltest/\(picture)", "gtFine_trainvaltest/\(mask)")
        }),
      folders(
        "cityscapes-flat", "Cityscapes without folders of cities", encoding: nil,
        path: {
          (
            "leftImg8bit/\($0)/\($1)_\($2)_000019_leftImg8bit.png",
            "gtFine/\($0)/\($1)_\($2)_000019_gtFine_labelIds.png"
          )
        }),
      folders(
        "cityscapes-255", "label ids with void as 255", encoding: nil, values: [7, 11, 255, 23, 26],
        path: { cityscapes($0, $1, $2, "labelIds") }),
      folders(
        "cityscapes-trainids", "label ids recoded to train ids", encoding: nil, values: trainIds + [255],
        path: { cityscapes($0, $1, $2, "labelIds") }),
      folders(
        "cityscapes-colours", "colours alone", encoding: nil, as: .colours(colours(of: .cityscapes19)),
        path: { cityscapes($0, $1, $2, "color") }),
      folders("camvid", "CamVid as SegNet has it", encoding: nil, values: camvidValues, path: camvid),
      folders("camvid-11", "its eleven classes", classes: .camvid11, encoding: nil, values: camvidValues, path: camvid),
      folders(
        "camvid-colours", "its masks in colour", classes: .camvid11, encoding: nil, values: camvidValues,
        as: .colours(colours(of: .camvid11)), path: camvid),
      folders("folders-split-first", "train/images, train/masks"),
      folders(
        "folders-split-last", "images/train, masks/train",
        path: { ("images/\($0)/\($1)_\($2).png", "masks/\($0)/\($1)_\($2).png") }),
      folders(
        "folders-joined", "train_images, train_masks",
        path: { ("\($0)_images/\($1)_\($2).png", "\($0)_masks/\($1)_\($2).png") }),
      folders(
        "folders-training", "training/img, validation/labels",
        path: {
          let split = $0 == "train" ? "training" : "validation"
          return ("\(split)/img/\($1)_\($2).png", "\(split)/labels/\($1)_\($2).png")
        }),
      folders(
        "folders-undivided", "images and masks, nothing divides them",
        path: { ("images/\($1)_\($2).png", "masks/\($1)_\($2).png") }),
      folders(
        "folders-lists", "images and annotations with train.txt and val.txt",
        path: { ("images/\($1)_\($2).png", "annotations/\($1)_\($2).png") },
        then: { maker in
          for split in ["train", "val"] {
            let names = FolderMaker.drives.filter { $0.split == split }.map {
              "\($0.drive)_000001\n\($0.drive)_000002\n"
            }
            try maker.text(names.joined(), "\(split).txt")
          }
        }),
      folders(
        "voc", "Pascal VOC's folders", classes: road ?? .cityscapes8, encoding: nil, values: [0, 1, 2, 255],
        path: { ("JPEGImages/\($1)_\($2).png", "SegmentationClass/\($1)_\($2).png") },
        then: { maker in
          for split in ["train", "val"] {
            let names = FolderMaker.drives.filter { $0.split == split }.map {
              "\($0.drive)_000001\n\($0.drive)_000002\n"
            }
            try maker.text(names.joined(), "ImageSets/Segmentation/\(split).txt")
          }
        }),
      folders(
        "suffixes", "street.png and street_gt.png, in folders of their own",
        path: { ("\($0)/images/\($1)_\($2).png", "\($0)/gt/\($1)_\($2)_gt.png") }),
      folders(
        "sub-folders", "a folder for each drive, frames numbered alike",
        path: { ("\($0)/images/\($1)/frame_\($2).png", "\($0)/masks/\($1)/frame_\($2).png") }),
      folders(
        "same-names", "Cityscapes' folders, frames numbered alike", encoding: nil,
        path: {
          (
            "leftImg8bit/\($0)/\($1)/frame_\($2)_leftImg8bit.png", "gtFine/\($0)/\($1)/frame_\($2)_gtFine_labelIds.png"
          )
        }),
      folders(
        "pairs", "SegNet's lists of pairs", path: { ("all/\($0)/\($1)_\($2).png", "all/\($0)annot/\($1)_\($2).png") },
        then: { maker in
          for split in ["train", "val"] {
            let lines = FolderMaker.drives.filter { $0.split == split }.flatMap { _, drive in
              ["000001", "000002"].map {
                "/SegNet/set/all/\(split)/\(drive)_\($0).png /SegNet/set/all/\(split)annot/\(drive)_\($0).png\n"
              }
            }
            try maker.text(lines.joined(), "\(split).txt")
          }
        }),
      folders(
        "table", "a CSV of picture, mask, split and drive", path: { ("a/\($1)\($2).png", "b/\($1)\($2).png") },
        then: { maker in
          let rows = FolderMaker.drives.flatMap { split, drive in
            ["000001", "000002"].map { "a/\(drive)\($0).png,b/\(drive)\($0).png,\(split),\(drive)\n" }
          }
          try maker.text("image,mask,split,drive\n" + rows.joined(), "list.csv")
        }),
      folders(
        "described", "one folder for all, a dataset.yaml with patterns", encoding: nil,
        path: { ("\($0)-\($1)/\($2).png", "\($0)-\($1)/\($2)_L.png") },
        then: {
          try $0.text(
            """
            pictures: "{split}-{group}/{name}.{ending}"
            masks: "{split}-{group}/{name}_L.png"
            encoding: cityscapes
            """, "dataset.yaml")
        }),
      folders(
        "described-values", "a dataset.yaml that says what values mean", encoding: nil, values: [0, 1, 2, 300],
        as: .wide,
        then: { try $0.text("encoding: {values: {0: flat, 1: vehicle, 2: vehicle, 300: void}}", "dataset.yaml") }),
      folders(
        "described-colours", "a dataset.yaml that says what colours mean", encoding: nil, values: [1, 2, 3, 4],
        as: .colours { RGB(UInt8($0) * 50, 0, 9) },
        then: {
          try $0.text(
            "encoding: {colours: {flat: [50, 0, 9], sky: [[100, 0, 9], [150, 0, 9]], void: [200, 0, 9]}}",
            "dataset.yaml")
        }),
      folders(
        "described-groups", "a dataset.yaml that names the drives to test on", encoding: nil,
        path: { ("images/\($1)_\($2).png", "masks/\($1)_\($2).png") },
        then: { try $0.text("encoding: cityscapes\nsplits: {test: [west]}\ngroup: \"^([a-z]+)_\"", "dataset.yaml") }),
      folders(
        "own-classes", "values that the class set lists", classes: road ?? .cityscapes8, encoding: nil,
        values: [0, 1, 2, 9, 255]),
      folders(
        "categories", "categories by number, said so", encoding: "cityscapes-categories", values: [1, 2, 4, 5, 7, 0]),
      folders(
        "train-ids", "train ids, said so", classes: .cityscapes19, encoding: "trainIds", values: trainIds + [255]),
      folders(
        "class-colours", "the class set's colours, said so", encoding: "colours",
        as: .colours(colours(of: .cityscapes8))),
      folders("grey-in-colour", "grey masks saved in colour", as: .greyInColour),
      folders(
        "capitals", "X.PNG", path: { ("\($0)/Images/\($1)_\($2).PNG", "\($0)/Masks/\($1)_\($2).PNG") }),
      folders(
        "hidden", "copies in hidden folders and other files beside",
        then: { maker in
          try maker.scene("train/images/.ipynb_checkpoints/a-checkpoint.png", nil)
          try maker.text("x", "train/images/.DS_Store")
          try maker.text("x", "README.md")
        }),
      FolderCase(name: "jpeg", about: "pictures are JPEG", encoding: "cityscapes") { maker in
        try maker.each { split, drive, frame, seed in
          let name = "\(drive)_\(frame)"
          try maker.scene("drawn.png", "\(split)/masks/\(name).png", seed: seed, size: PixelSize(width: 16, height: 8))
          try maker.jpeg("\(split)/images/\(name).\(seed % 2 == 0 ? "jpg" : "JPEG")", "street\(seed).jpg")
        }
        try FileManager.default.removeItem(at: maker.file("drawn.png"))
      },
      FolderCase(name: "sizes", about: "pictures of several sizes", encoding: "cityscapes") { maker in
        try maker.each { split, drive, frame, seed in
          try maker.scene(
            "\(split)/images/\(drive)_\(frame).png", "\(split)/masks/\(drive)_\(frame).png", seed: seed,
            size: PixelSize(width: 20 + seed, height: 8 + seed % 3))
        }
      },
    ]
  }

  /// Faults: each is refused or named.
  static var bad: [FolderCase] {
    [
      folders("binary-camvid", "0 and 1 in CamVid's folders", encoding: nil, values: [0, 1], path: camvid),
      folders(
        "binary-cityscapes", "0 and 1 in Cityscapes' folders", encoding: nil, values: [0, 1],
        path: { cityscapes($0, $1, $2, "labelIds") }),
      folders(
        "few-train-ids", "values that label ids and train ids have", encoding: nil, values: [0, 2, 8, 10, 13],
        path: { cityscapes($0, $1, $2, "labelIds") }),
      folders("unsaid", "numbers that nothing explains", encoding: nil),
      folders(
        "slip", "a colour one off", encoding: "cityscapes-colours",
        as: .colours {
          $0 == 7 ? RGB(128, 64, 129) : colours(of: .cityscapes19)($0)
        }),
      folders("unknown-value", "a value that no label has", values: [7, 11, 77, 23, 26]),
      folders("one-value", "every mask one value", values: [7]),
      folders("blended", "masks resized with a filter", as: .blended),
      folders(
        "two-sets", "two datasets in one folder", encoding: nil, path: { cityscapes($0, $1, $2, "labelIds") },
        then: { maker in
          try maker.each { try maker.scene("\($0)/\($1)_\($2).png", "\($0)annot/\($1)_\($2).png", seed: $3) }
        }),
      folders(
        "two-kinds", "masks and labels beside each other",
        then: { maker in try maker.scene("train/images/a_1.png", "train/labels/a_1.png") }),
      folders(
        "unmatched", "a picture without a mask, a mask without a picture",
        then: { maker in
          try maker.scene("train/images/lone_1.png", nil, seed: 90)
          try maker.scene("spare.png", "train/masks/other_1.png", seed: 91)
          try FileManager.default.removeItem(at: maker.file("spare.png"))
        }),
      folders(
        "several-masks", "two masks for one picture",
        path: { ("\($0)/images/\($1)_\($2).png", "\($0)/masks/\($1)_\($2)_a.png") },
        then: { maker in try maker.scene("train/images/north_000001.png", "train/masks/north_000001_b.png", seed: 1) }),
      folders(
        "doubles", "one picture on both sides",
        then: { maker in
          let bytes = try Data(contentsOf: maker.file("train/images/north_000001.png"))
          try Files.write(bytes, to: maker.file("val/images/east_000001.png"))
        }),
      folders(
        "numbered", "frames 0001 to 0008 on both sides",
        path: { split, drive, frame in
          let number = (FolderMaker.drives.firstIndex { $0.drive == drive } ?? 0) * 2 + (frame == "000001" ? 1 : 2)
          return ("\(split)/images/000\(number).png", "\(split)/masks/000\(number).png")
        }),
      folders(
        "one-drive", "one drive only",
        path: {
          (
            "images/north_\($1 == "east" ? 3 : 0)\($1.count)\($2).png",
            "masks/north_\($1 == "east" ? 3 : 0)\($1.count)\($2).png"
          )
        }),
      folders(
        "bad-list", "a list with a name that isn't there",
        path: { ("images/\($1)_\($2).png", "masks/\($1)_\($2).png") },
        then: { try $0.text("north_000001\nnorth_000003\n", "train.txt") }),
      folders(
        "bad-description", "a slip in dataset.yaml", encoding: nil,
        then: { try $0.text("encodin: cityscapes", "dataset.yaml") }),
      folders(
        "other-size", "a mask of another size",
        then: { maker in
          try maker.write(
            maker.bandMap(FolderMaker.bands, PixelSize(width: 10, height: 4)), PixelSize(width: 10, height: 4),
            "train/masks/north_000001.png", .grey)
        }),
      folders(
        "cut-short", "a picture cut short",
        then: { maker in
          let file = maker.file("val/images/east_000002.png")
          try Files.write(Data(contentsOf: file).prefix(60), to: file)
        }),
      folders(
        "jpeg-masks", "masks saved as JPEG", then: { try $0.jpeg("train/masks/north_000001.png", "street1.jpg") }),
      folders(
        "void-mostly", "the wrong encoding, most is void", encoding: "cityscapes",
        values: [20] + (0..<19).map { $0 % 7 }),
    ]
  }
}
