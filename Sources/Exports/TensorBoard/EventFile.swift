import Foundation
import Scenes

/// A file of events as TensorBoard reads it: TFRecord records, each an `Event` of tensorflow/core/util/event.proto.
///
/// A record is its length as UInt64, the masked CRC-32C of that, the bytes, and the masked CRC-32C of those, all little
/// endian (tensorflow.org/tutorials/load_data/tfrecord).
package struct EventFile {
  /// All records so far.
  package private(set) var data = Data()

  /// A file that begins at `time`, in seconds since 1970.
  package init(time: Double) {
    record { event in
      event.double(1, time)
      event.string(3, "brain.Event:2")
      event.message(10) { $0.string(1, "segbench") }
    }
  }

  /// A number, which is stored as Float.
  package mutating func add(scalar value: Double, _ tag: String, step: Int, time: Double) {
    add(tag, step: step, time: time) { $0.float(2, Float(value)) }
  }

  /// A picture.
  package mutating func add(picture: Picture, _ tag: String, step: Int, time: Double) throws {
    let png = try PNG.data(of: picture)
    add(tag, step: step, time: time) { value in
      value.message(4) { image in
        image.integer(1, picture.height)
        image.integer(2, picture.width)
        image.integer(3, 3)
        image.bytes(4, png)
      }
    }
  }

  /// What a plugin finds in its own summaries, whose value is an empty tensor.
  mutating func add(plugin name: String, _ content: Data, _ tag: String, time: Double) {
    add(tag, step: 0, time: time) { value in
      value.message(8) { tensor in
        tensor.integer(1, 1)
        tensor.message(2) { $0.message(2) { $0.integer(1, 1) } }
        tensor.packed(5, floats: [0])
      }
      value.message(9) { metadata in
        metadata.message(1) { plugin in
          plugin.string(1, name)
          plugin.bytes(2, content)
        }
      }
    }
  }

  private mutating func add(_ tag: String, step: Int, time: Double, _ write: (inout ProtobufWriter) -> Void) {
    record { event in
      event.double(1, time)
      event.integer(2, step)
      event.message(5) { summary in
        summary.message(1) { value in
          value.string(1, tag)
          write(&value)
        }
      }
    }
  }

  private mutating func record(_ write: (inout ProtobufWriter) -> Void) {
    var event = ProtobufWriter()
    write(&event)
    let length = Self.bytes(UInt64(event.data.count))
    for part in [length, Self.bytes(CRC32C.masked(length)), event.data, Self.bytes(CRC32C.masked(event.data))] {
      data.append(part)
    }
  }

  private static func bytes(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }
}
