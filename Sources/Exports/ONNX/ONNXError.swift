/// Why a run can't be exported.
package enum ONNXError: Error, Equatable, CustomStringConvertible {
  /// An operation of a network that the format has no words for yet.
  case unknownOperation(String)
  /// Something of a run that the format can't express.
  case notExpressible(run: String, reason: String)
  /// A file that would be larger than the format allows.
  case tooLarge(file: String, bytes: Int)
  /// The Python that was asked to try the file couldn't.
  case noCheck(reason: String)
  /// What Python found wrong with the file.
  case failedCheck(file: String, reason: String)

  package var description: String {
    switch self {
    case .unknownOperation(let name): "the operation \(name) can't be written as ONNX"
    case .notExpressible(let run, let reason): "\(run) can't be written as ONNX: \(reason)"
    case .tooLarge(let file, let bytes):
      "\(file) would take \(bytes) bytes, but a file of ONNX holds at most \(ONNXModel.byteLimit)"
    case .noCheck(let reason): "--check needs Python with onnx, onnxruntime and NumPy: \(reason)"
    case .failedCheck(let file, let reason): "\(file) failed its check: \(reason)"
    }
  }
}
