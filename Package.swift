// swift-tools-version: 6.1
import PackageDescription

// In the program itself, so that it needs no folder beside it.
let noteTemplates = ["card.en", "card.fr", "note.en", "note.fr"].map {
  Resource.embedInCode("Notes/Templates/\($0).mustache")
}

// libxsmm is for x86-64; elsewhere OpenBLAS does its work.
#if arch(x86_64)
  let products: [Target] = [
    .systemLibrary(name: "CXSMM", pkgConfig: "libxsmm", providers: [.apt(["libxsmm-dev"])])
  ]
#else
  let products: [Target] = []
#endif

// Arrows only go down this list: a module imports none of those below it.
let package = Package(
  name: "segbench",
  products: [.executable(name: "segbench", targets: ["segbench"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: products + [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CLanes"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(
      name: "Compute", dependencies: ["COpenBLAS", "CLAPACKE", "CMalloc"] + products.map { .target(name: $0.name) }),
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
      resources: noteTemplates),
    .executableTarget(
      name: "segbench",
      dependencies: ["Harness", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    .target(name: "TestSupport", dependencies: ["Scenes"], path: "Tests/TestSupport"),
    .testTarget(name: "ComputeTests", dependencies: ["Compute", "TestSupport"]),
    .testTarget(name: "ScenesTests", dependencies: ["Scenes", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(name: "BaselinesTests", dependencies: ["Baselines", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(name: "DeepTests", dependencies: ["Deep", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(name: "CommandLineTests", dependencies: ["segbench", "Scenes", "TestSupport"]),
    .testTarget(name: "HarnessTests", dependencies: ["Harness", "TestSupport"], resources: [.copy("Fixtures")]),
  ]
)
