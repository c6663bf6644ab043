import Foundation
import PackagePlugin

/// Writes `Commit.swift` before each build, so that the program knows the commit that it was built from.
///
/// The manifest can't tell it (`Context.gitInformation`): what it gave is kept for later builds, whatever the commit then.
@main
struct CommitPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = context.pluginWorkDirectoryURL
    let script = """
      commit=$(git -C "$1" describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null) || commit=
      line="let builtCommit = \\"$commit\\""
      [ "$(cat "$2/Commit.swift" 2>/dev/null)" = "$line" ] || printf '%s\\n' "$line" > "$2/Commit.swift"
      """
    return [
      // The file stays as it is where the commit does, so that nothing is compiled again.
      .prebuildCommand(
        displayName: "Noting the commit", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: ["-c", script, "sh", context.package.directoryURL.path, folder.path], outputFilesDirectory: folder)
    ]
  }
}
