import ArgumentParser
import Deep
import Exports
import Foundation
import Harness
import Settings

/// Takes up a network that another program trained.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a run of a network that PyTorch trained, to evaluate, predict and serve.",
    discussion: "The file is safetensors, under the names that `export torch` gives, or for smp-unet those of "
      + "segmentation_models.pytorch. A file with other layers is refused with the first that differs.")

  @Argument(help: "The network, such as smp-unet.", completion: .list(Networks.registry.names))
  var network: String

  @Argument(help: "The weights.", completion: .file(extensions: ["safetensors"]))
  var file: String

  @Option(help: "The classes, in the order of the network's outputs; cityscapes-8 by default.", completion: .classSets)
  var classes: String?

  @Option(
    help: "Change a setting, such as data.size=512x256, the size that the network sees pictures at. Repeatable.",
    completion: .settings)
  var set: [String] = []

  @Option(name: .customLong("run"), help: "The folder of the run.", completion: .directory)
  var folder: String

  mutating func run() throws {
    var typed = try TypedSettings(changing: Experiment(yaml: "name: import", file: "import"), isSingle: true)
    try typed.set("model", to: .text(network))
    if let classes { try typed.set("data.classes", to: .text(classes)) }
    for assignment in set { try typed.set(assignment) }
    let cells = try typed.changed().cellSettings()
    guard cells.count == 1 else {
      throw SettingError.invalid(setting: "--set", value: "a list", bound: "one value")
    }
    try TorchImport(fileURL(file)).store(cells[0], in: fileURL(folder))
    print(
      "\(fileURL(folder).relativePath): \(cells[0].model), the classes of \(try cells[0].classSet().name), "
        + "pictures at data.size \(cells[0].data.size)")
  }
}
