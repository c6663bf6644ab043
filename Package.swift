// swift-tools-version: 6.2
import PackageDescription

// libxsmm is for x86-64; elsewhere loops do its work.
#if arch(x86_64)
  let products: [Target] = [
    .systemLibrary(name: "CXSMM", pkgConfig: "libxsmmnoblas", providers: [.apt(["libxsmm-dev"])])
  ]
#else
  let products: [Target] = []
#endif

// Only `make docs` asks for it, so that no other build fetches what it needs.
let documentation: [Package.Dependency] =
  Context.environment["SEGBENCH_DOCS"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

// Only `make serve` and what tests it ask for the server, so that no other build fetches SwiftNIO and what goes with it.
let isServed = Context.environment["SEGBENCH_SERVE"] != nil
let serverDependencies: [Package.Dependency] =
  isServed
  ? [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ] : []
let server: [Target] =
  isServed
  ? [
    .executableTarget(
      name: "segbench-serve",
      dependencies: [
        "Compute", "Deep", "Harness", "Scenes", "Serving", "Settings", "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .testTarget(name: "ServerTests", dependencies: ["segbench", "segbench-serve", "TestSupport"]),
  ] : []

// Arrows only go down this list: a module imports none of those below it.
let package = Package(
  name: "segbench",
  products: [.executable(name: "segbench", targets: ["segbench"])]
    + (isServed ? [.executable(name: "segbench-serve", targets: ["segbench-serve"])] : []),
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ] + documentation + serverDependencies,
  targets: products + [
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CLanes"),
    .target(name: "CPixels"),
    .target(name: "CTiles"),
    .target(name: "CWinograd"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .plugin(name: "CommitPlugin", capability: .buildTool()),
    .plugin(name: "EmbedPlugin", capability: .buildTool()),
    .target(name: "Build", plugins: ["CommitPlugin"]),
    .target(
      name: "Compute", dependencies: ["CLanes", "CMalloc"] + products.map { .target(name: $0.name) },
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
      name: "Reports",
      dependencies: [
        "Baselines", "Compute", "Deep", "Harness", "Scenes", "Settings", "Storage", "Streets", "Yams",
        .product(name: "Logging", package: "swift-log"), .product(name: "Mustache", package: "swift-mustache"),
      ],
      plugins: ["EmbedPlugin"]),
    .target(
      name: "Serving", dependencies: ["Compute", "Deep", "Harness", "Scenes", "Settings", "Storage"],
      plugins: ["EmbedPlugin"]),
    .target(
      name: "Exports",
      dependencies: [
        "Baselines", "Compute", "Deep", "Harness", "Scenes", "Settings", "Storage",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      plugins: ["EmbedPlugin"]),
    .executableTarget(
      name: "segbench",
      dependencies: [
        "Baselines", "Build", "Compute", "Deep", "Exports", "Harness", "Reports", "Scenes", "Settings",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(name: "TestSupport", dependencies: ["Compute", "Scenes", "Storage"], path: "Tests/TestSupport"),
    .testTarget(name: "ComputeTests", dependencies: ["Compute", "TestSupport"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "TestSupport"]),
    .testTarget(name: "SettingsTests", dependencies: ["Settings"]),
    .testTarget(
      name: "ScenesTests", dependencies: ["Compute", "Scenes", "Settings", "Streets", "Storage", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "StreetsTests", dependencies: ["Compute", "Scenes", "Streets", "TestSupport"]),
    .testTarget(
      name: "BaselinesTests", dependencies: ["Baselines", "Compute", "Scenes", "Settings", "Storage", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DeepTests",
      dependencies: ["Compute", "CPixels", "CWinograd", "Deep", "Settings", "Storage", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "CommandLineTests", dependencies: ["segbench", "Scenes", "TestSupport"]),
    .testTarget(
      name: "HarnessTests",
      dependencies: [
        "Baselines", "Compute", "Deep", "Harness", "Reports", "Scenes", "Settings", "Storage", "Streets", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ServingTests",
      dependencies: ["Compute", "Harness", "Scenes", "Serving", "Settings", "Storage", "Streets", "TestSupport"]),
    .testTarget(
      name: "ExportsTests",
      dependencies: [
        "Baselines", "Compute", "Deep", "Exports", "Harness", "Scenes", "Settings", "Storage", "Streets", "TestSupport",
      ]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Compute", "Harness", "Reports", "Scenes", "Settings", "Storage", "Streets", "TestSupport"],
      resources: [.copy("Fixtures")]),
  ] + server
)
