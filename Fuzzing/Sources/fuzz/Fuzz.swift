import Compute
import Foundation
import Storage

// libFuzzer's main calls these two: `fuzz READER [OPTIONS OF LIBFUZZER] CORPUS`.

nonisolated(unsafe) private var reader = Reader.png

/// Takes the reader's name out of the arguments, and puts seeds into a corpus folder that isn't there yet.
@_cdecl("LLVMFuzzerInitialize")
package func initialize(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> CInt {
  let values = (0..<Int(count.pointee)).map { String(cString: arguments.pointee[$0]) }
  guard values.count > 2, let chosen = Reader(rawValue: values[1]) else {
    print("usage: fuzz (\(Reader.allCases.map(\.rawValue).joined(separator: "|"))) [OPTIONS] CORPUS")
    exit(2)
  }
  reader = chosen
  for index in 1..<values.count - 1 { arguments.pointee[index] = arguments.pointee[index + 1] }
  count.pointee -= 1
  Parallel.threadCount = 1
  let corpus = URL(fileURLWithPath: values[values.count - 1])
  do {
    if !FileManager.default.fileExists(atPath: corpus.path) {
      for (index, seed) in try chosen.seeds().enumerated() {
        try Files.write(seed, to: corpus.appendingPathComponent("seed\(index)"))
      }
    }
  } catch {
    print("no seeds: \(error)")
    exit(1)
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
package func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Processor time: on a busy machine libFuzzer's own limit, which goes by the clock, also counts waiting.
  let start = clock()
  reader.read(Data(UnsafeBufferPointer(start: bytes, count: count)))
  let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
  precondition(seconds < 1, "it took \(seconds) s")
  return 0
}
