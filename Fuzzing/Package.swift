// swift-tools-version: 6.2
import PackageDescription

// The program's own sources, by links, so that fuzzing instruments them and reaches what has `package` access.
let package = Package(
  name: "Fuzzing",
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(name: "CXSMM", pkgConfig: "libxsmmnoblas"),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CLanes"),
    .target(name: "CPixels"),
    .target(name: "CTiles"),
    .target(name: "CWinograd"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(
      name: "Compute", dependencies: ["CLanes", "CXSMM", "CMalloc"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "Storage", dependencies: ["Compute"]),
    .target(name: "Settings", dependencies: ["Yams"]),
    .target(name: "Scenes", dependencies: ["CJPEG", "Compute", "CPNG", "Settings", "Storage"]),
    .target(name: "Streets", dependencies: ["Compute", "Scenes"]),
    .target(name: "Baselines", dependencies: ["Compute", "Scenes", "Settings", "Storage"]),
    .target(
      name: "Deep",
      dependencies: [
        "CLanes", "Compute", "CPixels", "CTiles", "CWinograd", "Settings", "Storage",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "Harness",
      dependencies: [
        "Baselines", "Compute", "Deep", "Scenes", "Settings", "Storage", "Streets",
        .product(name: "Logging", package: "swift-log"), .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "Serving", dependencies: ["Compute", "Deep", "Harness", "Scenes", "Settings", "Storage"],
      resources: [.embedInCode("Page/index.html"), .embedInCode("Page/openapi.json")]),
    .executableTarget(
      name: "fuzz", dependencies: ["Baselines", "Compute", "Harness", "Scenes", "Serving", "Storage", "Streets"]),
  ]
)
