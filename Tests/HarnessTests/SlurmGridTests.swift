import Foundation
import Harness
import Settings
import TestSupport
import Testing

@Suite("Slurm") struct SlurmGridTests {
  private func cell(_ name: String, gibibytes: Double, seconds: Double? = nil) -> Comparison.PlannedCell {
    Comparison.PlannedCell(
      name: name, parameters: nil, bytes: Int(gibibytes * 0x1p30), seconds: seconds, state: "to run", isOpen: true)
  }

  private func grid(
    _ cells: [Comparison.PlannedCell], in folder: URL = URL(fileURLWithPath: "/work folder"),
    compare: [String] = ["segbench", "compare", "my experiment.yaml"],
    _ change: (inout SlurmGrid.Request) -> Void = { $0.time = "12:00:00" }
  ) throws -> SlurmGrid {
    var request = SlurmGrid.Request()
    change(&request)
    return try SlurmGrid(
      cells, experiment: "grid", request, compare: compare, report: ["segbench", "report", "runs/grid"], in: folder,
      output: folder.appendingPathComponent("runs/grid/slurm"))
  }

  /// The cells of an array's script, its tasks, how many at a time, and its memory.
  private func facts(_ script: SlurmGrid.Script) throws -> (cells: [String], tasks: Int, atOnce: Int, gibibytes: Int) {
    let text = script.text
    let array = try #require(text.firstMatch(of: #/--array=0-(\d+)%(\d+)\n/#)?.output)
    let memory = try #require(text.firstMatch(of: #/--mem=(\d+)G\n/#)?.output.1)
    let list = try #require(text.firstMatch(of: #/(?s)cells=\(\n(.*?)\n\)/#)?.output.1)
    return (
      list.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }, (Int(array.1) ?? 0) + 1,
      Int(array.2) ?? 0, Int(memory) ?? 0
    )
  }

  @Test(
    "Every cell is one task, of an array that asks for its memory, and no more run than may", arguments: [1, 2, 4, 100])
  func arrays(atOnce: Int) throws {
    let needs: [(String, Double)] = [
      ("small0", 0.1), ("large0", 20), ("small1", 0.2), ("middle0", 2.6), ("small2", 0.3), ("middle1", 2.5),
    ]
    let grid = try grid(needs.map { cell($0.0, gibibytes: $0.1) }) { ($0.time, $0.atOnce) = ("60", atOnce) }
    let arrays = try grid.arrays.map(facts)
    #expect(arrays.count == min(3, atOnce))
    #expect(arrays.flatMap(\.cells).sorted() == needs.map(\.0).sorted())
    #expect(arrays.map(\.atOnce).reduce(0, +) <= atOnce && arrays.allSatisfy { 1...$0.tasks ~= $0.atOnce })
    for array in arrays {
      #expect(array.cells.count == array.tasks)
      for name in array.cells {
        let need = try #require(needs.first { $0.0 == name }).1
        #expect(Double(array.gibibytes) >= 1.25 * need)
      }
    }
  }

  @Test("Time is what the user says, else twice what finished cells tell; without either it is asked for")
  func time() throws {
    func line(_ script: SlurmGrid.Script) -> String? {
      script.text.split(separator: "\n").first { $0.hasPrefix("#SBATCH --time=") }.map { String($0.dropFirst(15)) }
    }
    #expect(try line(grid([cell("a", gibibytes: 1)]).arrays[0]) == "12:00:00")
    let told = try grid([cell("a", gibibytes: 1, seconds: 3000), cell("b", gibibytes: 1, seconds: 60)]) { _ in }
    #expect(line(told.arrays[0]) == "1:50:00")
    let error = #expect(throws: SettingError.self) { try grid([cell("a", gibibytes: 1)]) { _ in } }
    #expect("\(try #require(error))".contains("no finished cell tells how long a takes"))
  }

  @Test(
    "What Slurm would read as something else is refused",
    arguments: [
      (["1h"], []), (["12:00:00 --exclusive"], []), ([], ["mem=1G"]), ([], ["account=a b"]), ([], ["--account=a"]),
      ([], ["array"]), ([], [""]),
    ] as [([String], [String])])
  func refusals(times: [String], directives: [String]) throws {
    #expect(throws: SettingError.self) {
      try grid([cell("a", gibibytes: 1)]) { ($0.time, $0.directives) = (times.first ?? "60", directives) }
    }
    #expect(throws: Never.self) {
      try grid([cell("a", gibibytes: 1)]) {
        ($0.time, $0.directives) = ("2-12", ["account=vision", "exclusive", "constraint=avx512&amx"])
      }
    }
  }

  @Test("Words with spaces stay words, and directives stand behind the program's own")
  func words() throws {
    let grid = try grid([cell("a", gibibytes: 1)]) { request in
      (request.time, request.partition, request.directives) = ("60", "cpu", ["account=vision"])
    }
    let text = grid.arrays[0].text
    #expect(text.contains("\nsegbench compare 'my experiment.yaml' \\\n"))
    #expect(text.contains("#SBATCH --partition=cpu\n") && text.contains("#SBATCH --account=vision\n"))
    #expect(text.contains("#SBATCH --chdir='/work folder'\n"))
    #expect(grid.report.text.hasSuffix("\nexec segbench report runs/grid\n"))
  }

  @Test("A task runs its own cell; told to stop, it lets the program store its state and is queued again")
  func task() throws {
    try withTemporaryFolder { folder in
      func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data("#!/bin/bash\n\(text)".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file.path
      }
      // It takes a while to stop, as a step does. No command substitution: Bash may fail to parse one that a trap
      // interrupts.
      let program = try write(
        "program",
        """
        trap 'sleep 0.3; echo stored >> log; exit 130' TERM
        echo "$@" >> log
        [ "$1" = quick ] && exit 0
        for ((i = 0; i < 200; i++)); do sleep 0.1; done
        """)
      _ = try write("scontrol", "echo \"scontrol $@\" >> log")
      func run(_ mode: String, place: Int, restarts: Int, stopping: Bool) throws -> (Int32, String) {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("log"))
        let grid = try grid(
          [cell("first", gibibytes: 1), cell("second", gibibytes: 1)], in: folder, compare: [program, mode])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [try write("task.sh", grid.arrays[0].text)]
        process.currentDirectoryURL = folder
        process.environment = [
          "PATH": "\(folder.path):/usr/bin:/bin", "SLURM_ARRAY_TASK_ID": "\(place)", "SLURM_CPUS_PER_TASK": "3",
          "SLURM_JOB_ID": "42", "SLURM_RESTART_COUNT": "\(restarts)",
        ]
        // Threads of tests block signals, and what they start would, too.
        var (signals, before) = (sigset_t(), sigset_t())
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, &before)
        try process.run()
        pthread_sigmask(SIG_SETMASK, &before, nil)
        let log = folder.appendingPathComponent("log")
        if stopping {
          while process.isRunning && !FileManager.default.fileExists(atPath: log.path) { usleep(10_000) }
          process.terminate()
        }
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOf: log, encoding: .utf8))
      }
      #expect(try run("quick", place: 1, restarts: 0, stopping: false) == (0, "quick --cell second --threads 3\n"))
      for (restarts, requeued) in [(3, "scontrol requeue 42\n"), (100, "")] {
        let (status, text) = try run("slow", place: 0, restarts: restarts, stopping: true)
        #expect(status == 130 && text == "slow --cell first --threads 3\nstored\n\(requeued)")
      }
    }
  }
}
