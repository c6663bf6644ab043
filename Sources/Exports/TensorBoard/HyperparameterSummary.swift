import Foundation
import Settings

/// What TensorBoard's plugin for hyperparameters reads (tensorboard/plugins/hparams/plugin_data.proto and api.proto).
enum HyperparameterSummary {
  static let plugin = "hparams"
  static let experimentTag = "_hparams_/experiment"
  static let startTag = "_hparams_/session_start_info"
  static let endTag = "_hparams_/session_end_info"

  /// How a session ended, `Status` of api.proto.
  enum Status: Int {
    case unknown = 0, success, failure, running
  }

  /// The settings in which runs differ, and the scores that they are compared by.
  static func experiment(
    _ name: String, settings: [String: [Setting]], metrics: [String], time: Double
  ) -> Data {
    content(2) { experiment in
      experiment.string(6, name)
      experiment.double(3, time)
      for (setting, values) in settings.sorted(by: { order($0.key) < order($1.key) }) {
        experiment.message(4) { info in
          info.string(1, setting)
          info.integer(4, kind(of: values))
        }
      }
      for metric in metrics {
        experiment.message(5) { info in info.message(1) { $0.string(2, metric) } }
      }
    }
  }

  /// The settings of a run, under its name.
  static func start(_ run: String, _ settings: [String: Setting], time: Double) -> Data {
    content(3) { session in
      for (setting, value) in settings.sorted(by: { $0.key < $1.key }) {
        session.message(1) { entry in
          entry.string(1, setting)
          entry.message(2) { write(value, to: &$0) }
        }
      }
      session.string(4, run)
      session.double(5, time)
    }
  }

  static func end(_ status: Status, time: Double) -> Data {
    content(4) { session in
      session.integer(1, status.rawValue)
      session.double(2, time)
    }
  }

  /// Model, loss, augmentation and seed before what belongs to a group: TensorBoard shows the first five.
  private static func order(_ key: String) -> (Int, String) { (key.contains(".") ? 1 : 0, key) }

  private static func content(_ field: Int, _ write: (inout ProtobufWriter) -> Void) -> Data {
    var writer = ProtobufWriter()
    writer.integer(1, 0)
    writer.message(field, write)
    return writer.data
  }

  /// `DataType` of api.proto: numbers or flags where all are, else texts.
  private static func kind(of values: [Setting]) -> Int {
    if values.allSatisfy({ $0.asNumber != nil }) { return 3 }
    return values.allSatisfy { if case .flag = $0 { true } else { false } } ? 2 : 1
  }

  /// A `google.protobuf.Value`.
  private static func write(_ value: Setting, to writer: inout ProtobufWriter) {
    switch value {
    case .whole(let number): writer.double(2, Double(number))
    case .number(let number): writer.double(2, number)
    case .flag(let isSet): writer.integer(4, isSet ? 1 : 0)
    case .none, .text, .list, .section: writer.string(3, "\(value)")
    }
  }
}
