import Foundation
import PackagePlugin

/// Puts the files of a target that aren't source code into the program, as `EmbeddedText.<name of the file>`.
///
/// SwiftPM's own `embedInCode` makes arrays of bytes, over which the optimizer takes nine seconds for what is a quarter of a
/// second as literals of text.
@main
struct EmbedPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let files = target.sourceModule?.sourceFiles.filter { $0.type == .unknown }.map(\.url) ?? []
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedText.swift")
    let script = """
      output=$1; shift
      {
        echo 'enum EmbeddedText {'
        for file; do
          printf '  static let %s = ###\"""\\n' "$(basename "$file" | tr -c 'A-Za-z0-9\\n' _)"
          cat "$file"
          printf '\\n\"""###\\n'
        done
        echo '}'
      } > "$output"
      """
    return [
      .buildCommand(
        displayName: "Embedding the text files of \(target.name)", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", script, "sh", output.path] + files.map(\.path), inputFiles: files, outputFiles: [output])
    ]
  }
}
