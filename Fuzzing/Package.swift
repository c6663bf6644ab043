// swift-tools-version: 6.1
import PackageDescription

// The program's own sources, by links, so that fuzzing instruments them and reaches what has `package` access.
let package = Package(
  name: "Fuzzing",
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke"),
    .systemLibrary(name: "CXSMM", pkgConfig: "libxsmm"),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CLanes"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "Compute", dependencies: ["COpenBLAS", "CLAPACKE", "CXSMM", "CMalloc"]),
    .target(name: "Scenes", dependencies: ["Compute", "CPNG"]),
    .target(name: "Baselines", dependencies: ["Compute", "Scenes"]),
    .target(
      name: "Deep",
      dependencies: ["CLanes", "Compute", "Scenes", .product(name: "RealModule", package: "swift-numerics")]),
    .target(
      name: "Harness",
      dependencies: [
        "Baselines", "Deep", "Yams",
        .product(name: "Logging", package: "swift-log"), .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: ["card.en", "card.fr", "note.en", "note.fr"].map { .embedInCode("Notes/Templates/\($0).mustache") }),
    .executableTarget(name: "fuzz", dependencies: ["Harness"]),
  ]
)
