import Compute
import Foundation
import Storage

/// NumPy's array files, version 1.0 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html), for handing
/// matrices to other programs.
enum NPYFile {
  /// Writes a row-major array; `descriptor` is NumPy's name of the type, such as `<f4` or `|u1`.
  static func write(_ bytes: UnsafeRawBufferPointer, descriptor: String, shape: [Int], to file: URL) throws {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
    // Magic, version, length and header fill a multiple of 64 bytes.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var data = Data(capacity: 10 + header.utf8.count + bytes.count)
    data.append(contentsOf: [0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    data.append(contentsOf: bytes)
    try Files.write(data, to: file)
  }
}
