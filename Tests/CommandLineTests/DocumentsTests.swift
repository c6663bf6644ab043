import Foundation
import TestSupport
import Testing

/// README and docs against the program: commands run, what they say of their output is there, links lead somewhere, and
/// the reference is what the program prints.
///
/// Of a document's fenced blocks, in order and in a scratch folder of its own, those marked
/// - `sh` are run, with `segbench` on the path, after the replacements of `smaller`;
/// - `output` must be, line by line, in what the commands before them printed;
/// - `yaml` are written to a file where their first line is a comment with its name (`# first.yaml`);
/// - `console` are not run: each of their commands is one of `exceptions`;
/// - `text`, `swift` and `latex` are only read.
@Suite("Documents", .serialized) struct DocumentsTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let documents: [String] = {
    let docs = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("docs").path)) ?? []
    return ["README.md"] + docs.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }.sorted()
  }()

  /// What is made smaller, so that a document takes seconds; the rest of the command runs as it stands.
  private static let smaller: [String: [(written: String, run: String)]] = [
    "README.md": [
      ("segbench compare\n", "segbench compare --preset smoke --set name=quick\n"),
      ("--count 40 --size 128x64", "--count 10 --size 64x32"),
      ("segbench compare --data streets", "segbench compare --preset smoke --data streets"),
    ],
    "docs/tutorial.md": [
      ("--count 60 --size 128x64", "--count 10 --size 64x32"), ("size: 128x64", "size: 64x32"),
      ("epochs: 10", "epochs: 1"), ("width: 0.5", "width: 0.125"), ("trees: 30", "trees: 3"),
    ],
    "docs/experiments.md": [
      ("--count 60 --size 128x64", "--count 10 --size 64x32"), ("size: 128x64", "size: 64x32"),
      ("epochs: 10", "epochs: 1"), ("epochs=20", "epochs=2"), ("width: 0.5", "width: 0.125"),
    ],
    "docs/conditions.md": [
      ("train: 60, validation: 20, test: 20", "train: 6, validation: 3, test: 3"),
      ("--count 40 --size 128x64", "--count 10 --size 64x32"), ("size: 128x64", "size: 64x32"),
      ("epochs: 10", "epochs: 1"), ("epochs: 5", "epochs: 1"), ("width: 0.5", "width: 0.125"),
      ("trees: 20", "trees: 3"),
    ],
    "docs/cluster.md": [("--preset smoke", "--preset smoke --set 'model=[random-forest, linear-svc, unet-mini]'")],
    "docs/runs.md": [("--preset smoke", "--preset smoke --set 'model=[random-forest, linear-svc, unet-mini]'")],
    "docs/models.md": [
      ("--count 20 --size 128x64", "--count 10 --size 64x32"),
      ("epochs=5 --set size=128x64", "epochs=1 --set size=64x32 --set network.width=0.125"),
    ],
    "docs/export.md": [
      ("--preset smoke", "--preset smoke --set 'model=[linear-svc, unet-mini]'"),
      ("--count 20 --size 128x64", "--count 10 --size 64x32"),
      ("epochs=5 --set size=128x64", "epochs=1 --set size=64x32"),
    ],
    "docs/speed.md": [
      ("--model unet-mini", "--model unet-mini --height 32 --width 64 --repeats 1"),
      ("--images 20 --trees 20", "--images 2 --trees 2"), ("kernels --repeats 3", "kernels --repeats 1"),
    ],
  ]

  /// The commands that are not run, and why.
  private static let exceptions: [String: [String: String]] = [
    "README.md": [
      "make install PREFIX=$HOME/.local": "builds the program", "make deb": "builds the program",
      "make compare": "builds the program", "make test": "builds the tests",
      "sudo apt install ./.build/packages/segbench_*.deb": "needs root",
    ],
    "docs/install.md": [
      "make install PREFIX=$HOME/.local": "builds the program",
      "sudo env PATH=\"$PATH\" make install": "needs root",
      "make install PREFIX=/usr DESTDIR=/tmp/stage": "builds the program", "make deb": "builds the program",
      "sudo apt install ./.build/packages/segbench_*.deb": "needs root", "make tarball": "builds the program",
    ],
    "docs/experiments.md": [
      "segbench compare --preset camvid --data path/to/CamVid --set encoder.weights=path/to/vgg16.safetensors":
        "needs data and weights that others publish"
    ],
    "docs/conditions.md": [
      "python Benchmarks/corruptions.py streets/leftImg8bit/val frost-3 --corruption frost --severity 3":
        "needs Python packages"
    ],
    "docs/cluster.md": [
      "segbench submit experiment.yaml --data $HOME/cityscapes --partition cpu --time 12:00:00 --cores 8 --at-once 16":
        "needs Slurm and Cityscapes",
      "segbench status runs/experiment": "needs what it has run",
      "segbench merge here/runs/camvid there/runs/camvid --into runs/camvid-both": "needs the runs of two places",
      "segbench report runs/camvid-both": "needs what it has merged",
      "apt-get install mpich libmpich-dev": "needs root", "make mpi": "builds the program",
      "mpiexec -n 4 .build/release/segbench train vgg-unet --data $HOME/cityscapes --set training.shards=4 --run runs/vgg":
        "needs MPI and Cityscapes",
    ],
    "docs/note.md": [
      "make note.pdf NOTE=reports/note/note.fr.md": "needs WeasyPrint",
      "make slides.pptx SLIDES=reports/slides/slides.fr.md": "needs pandoc",
      "make report.html REPORT=reports/quick/report.md": "needs pandoc", "make note": "writes in the checkout",
    ],
    "docs/export.md": [
      "python3 -m pip install onnx onnxruntime": "needs Python",
      "segbench export onnx models/mini --out mini.onnx --check": "needs Python packages",
      "mlflow server --backend-store-uri sqlite:///mlflow.db": "goes on until it is stopped",
      "segbench export mlflow runs/quick --to http://127.0.0.1:5000": "needs the server",
      "segbench export mlflow runs/quick --to http://127.0.0.1:5000 --follow": "needs the server",
      "segbench import smp-unet unet.safetensors --run models/smp --classes cityscapes-19 --set data.size=512x256":
        "needs weights that others trained",
    ],
    "docs/serve.md": [
      "make serve": "builds the program",
      "segbench serve --run runs/quick/unet_ce_none_seed0_fb1b6a57 --run runs/quick/random-forest_seed0_cf3cbd6d":
        "goes on until it is stopped",
      "curl --data-binary @street.jpg -H 'Content-Type: image/jpeg' -H 'Accept: image/png' localhost:8080/v1/predict > mask.png":
        "needs the server",
      "curl -F image=@street.png 'localhost:8080/v1/predict?output=overlay' > overlay.png": "needs the server",
      "curl --json '{\"id\": \"altmark_000015_003000\", \"condition\": \"fog-3\"}' localhost:8080/v1/predict":
        "needs the server",
      "docker build -f Containerfile --build-arg RUN=runs/quick/CELL -t segbench .": "needs a container engine",
      "az group create --name segbench --location westeurope": "needs an account",
      "az acr create --resource-group segbench --name NAME --sku Basic && az acr build --registry NAME --file Containerfile --build-arg RUN=runs/quick/CELL --image segbench:1 .":
        "needs an account",
      "az deployment group create --resource-group segbench --template-file deploy/azure.bicep --parameters image=NAME.azurecr.io/segbench:1 token=TOKEN":
        "needs an account",
      "docker tag segbench REGION-docker.pkg.dev/PROJECT/segbench/segbench": "needs a container engine",
      "docker push REGION-docker.pkg.dev/PROJECT/segbench/segbench": "needs an account",
      "gcloud run services replace deploy/cloudrun.yaml --region REGION": "needs an account",
      "heroku create NAME --stack container && heroku config:set SEGBENCH_TOKEN=TOKEN --app NAME": "needs an account",
      "heroku container:push web --recursive --app NAME": "needs an account",
      "heroku container:release web --app NAME": "needs an account",
    ],
    "docs/extending.md": [
      "make build": "builds the program",
      ".build/release/segbench compare --set model=unet-mini --set 'loss=[ce, {name: jaccard, smoothing: 10}]' --set name=jaccard":
        "needs the loss of the page",
      "swift test -c release --disable-xctest --disable-testable-imports --filter LossTests": "builds the tests",
      ".build/release/segbench benchmark train --model plain": "needs the network of the page",
      "swift test -c release --disable-xctest --disable-testable-imports --filter ConformanceTests": "builds the tests",
    ],
  ]

  /// A fenced block: what it is marked as, and its lines.
  private struct Block {
    let mark: String
    let lines: [String]

    var text: String { lines.map { $0 + "\n" }.joined() }

    /// The file that a YAML block is, where its first line says so.
    var file: String? {
      guard mark == "yaml", let match = lines.first?.wholeMatch(of: #/# ([\w-]+\.yaml)/#) else { return nil }
      return String(match.output.1)
    }
  }

  private static func text(_ document: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(document), encoding: .utf8)
  }

  private static func blocks(_ document: String) throws -> [Block] {
    var (blocks, open) = ([Block](), Block?.none)
    for line in try text(document).components(separatedBy: "\n") {
      if let block = open {
        if line == "```" {
          blocks.append(block)
          open = nil
        } else {
          open = Block(mark: block.mark, lines: block.lines + [line])
        }
      } else if line.hasPrefix("```") {
        open = Block(mark: String(line.dropFirst(3)), lines: [])
      }
    }
    #expect(open == nil, "a block of \(document) has no end")
    return blocks
  }

  @Test("Every command of README and docs runs", arguments: documents) func commands(document: String) throws {
    let blocks = try Self.blocks(document)
    let program = try #require(CommandLineTests.program, "segbench isn't built")
    let replacements = Self.smaller[document] ?? []
    var used: Set<String> = []
    func shortened(_ text: String) -> String {
      replacements.reduce(text) { text, replacement in
        if text.contains(replacement.written) { used.insert(replacement.written) }
        return text.replacingOccurrences(of: replacement.written, with: replacement.run)
      }
    }
    try withTemporaryFolder { folder in
      var printed = ""
      for block in blocks {
        switch block.mark {
        case "sh":
          let (status, output) = try Self.run(shortened(block.text), in: folder, program: program)
          try #require(status == 0, "\(document): exit \(status) of\n\(block.text)\n\(output)")
          printed = output
        case "output":
          for line in block.lines { #expect(printed.contains(line), "\(document): \(line) is not in\n\(printed)") }
        default:
          guard let file = block.file else { continue }
          try Data(shortened(block.text).utf8).write(to: folder.appendingPathComponent(file))
        }
      }
    }
    #expect(used == Set(replacements.map(\.written)), "\(document) no longer says what the test replaces")
  }

  /// Runs a block of commands, which ends at the first that fails.
  private static func run(_ script: String, in folder: URL, program: URL) throws -> (status: Int32, output: String) {
    let file = folder.appendingPathComponent(".out")
    try Data().write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-e", "-u", "-c", script]
    var variables = ProcessInfo.processInfo.environment
    variables["PATH"] = program.deletingLastPathComponent().path + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
    process.environment = variables
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let handle = try FileHandle(forWritingTo: file)
    (process.standardOutput, process.standardError) = (handle, handle)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: file), as: UTF8.self))
  }

  @Test("Blocks have a known mark, and what isn't run is listed", arguments: documents)
  func exceptions(document: String) throws {
    let blocks = try Self.blocks(document)
    for block in blocks {
      #expect(
        ["sh", "output", "yaml", "console", "text", "swift", "latex"].contains(block.mark),
        "\(document): ```\(block.mark)")
    }
    // What stands after two spaces and a hash is a remark.
    let skipped = blocks.filter { $0.mark == "console" }.flatMap(\.lines).map { line in
      String(line.drop { "$ ".contains($0) }.replacing(#/  +#.*/#, with: ""))
    }
    #expect(Set(skipped) == Set((Self.exceptions[document] ?? [:]).keys))
  }

  @Test("Links between documents lead to a file and a heading", arguments: documents) func links(document: String)
    throws
  {
    let folder = Self.root.appendingPathComponent(document).deletingLastPathComponent()
    for match in try Self.text(document).matches(of: #/\]\(([^)\s]+)\)/#) {
      let link = String(match.output.1)
      guard !link.contains("://") else { continue }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let file = parts[0].isEmpty ? Self.root.appendingPathComponent(document) : folder.appendingPathComponent(parts[0])
      #expect(FileManager.default.fileExists(atPath: file.path), "\(document): \(link)")
      guard parts.count == 2 else { continue }
      let headings = try String(contentsOf: file, encoding: .utf8).matches(of: #/(?m)^#+ (.*)$/#).map { heading in
        heading.output.1.lowercased().replacing(" ", with: "-").filter {
          $0.isLetter || $0.isNumber || "-_".contains($0)
        }
      }
      #expect(headings.contains(parts[1]), "\(document): \(link)")
    }
  }

  @Test("The reference is what the program prints", arguments: ["settings", "commands"]) func reference(page: String)
    throws
  {
    let program = try #require(CommandLineTests.program, "segbench isn't built")
    try withTemporaryFolder { folder in
      let (status, output) = try Self.run("segbench reference \(page)", in: folder, program: program)
      #expect(status == 0)
      let committed = try Self.text("docs/\(page).md")
      #expect(output == committed, "`make reference` writes docs/\(page).md again")
    }
  }
}
