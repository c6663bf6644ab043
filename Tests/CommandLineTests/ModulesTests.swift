import Foundation
import Testing

/// The drawing of modules in CONTRIBUTING.md against what Package.swift declares.
@Suite("Modules") struct ModulesTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func text(_ name: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
  }

  @Test("The drawing's arrows are the dependencies that Package.swift declares")
  func arrows() throws {
    let package = try text("Package.swift")
    var declared: [String: Set<String>] = [:]
    let target = /\.(?:target|executableTarget)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/
    for match in package.matches(of: target) {
      let names = (match.output.2 ?? "").replacing(/\.product\([^)]*\)/, with: "").matches(of: /"(\w+)"/)
      declared[String(match.output.1)] = Set(names.map { String($0.output.1) })
    }
    declared["TestSupport"] = nil
    let modules = Set(declared.keys).filter { !$0.hasPrefix("C") || $0 == "Compute" }
    #expect(modules.count >= 10)
    var drawn: [String: Set<String>] = [:]
    for match in try text("CONTRIBUTING.md").matches(of: /(?m)^  (\w+) --> ([\w &]+)$/) {
      drawn[String(match.output.1)] = Set(match.output.2.components(separatedBy: " & "))
    }
    for module in modules {
      #expect(drawn[module] ?? [] == declared[module, default: []].intersection(modules), "\(module)")
    }
    #expect(Set(drawn.keys).isSubset(of: modules))
  }

  @Test("A module imports nothing of ours that it doesn't declare")
  func imports() throws {
    let package = try text("Package.swift")
    for module in try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Sources").path) {
      let folder = root.appendingPathComponent("Sources/\(module)")
      let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
      guard
        let declaration = package.components(separatedBy: "\n    .").first(where: {
          $0.hasPrefix("target") || $0.hasPrefix("executableTarget") ? $0.contains("name: \"\(module)\"") : false
        })
      else { continue }
      for file in files where file.hasSuffix(".swift") {
        let source = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        for match in source.matches(of: /(?m)^import (\w+)$/) {
          let name = String(match.output.1)
          guard FileManager.default.fileExists(atPath: root.appendingPathComponent("Sources/\(name)").path),
            name != "CXSMM"
          else { continue }
          #expect(declaration.contains("\"\(name)\""), "\(module)/\(file) imports \(name)")
        }
      }
    }
  }
}
