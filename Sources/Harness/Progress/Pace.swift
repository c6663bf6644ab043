/// How long fits take, as those of the same model that are finished tell.
struct Pace {
  private var seconds: [String: Double] = [:]
  private var works: [String: Double] = [:]

  /// The pace of finished cells.
  init(_ records: [RunStore.Record]) throws {
    for record in records { try add(record) }
  }

  mutating func add(_ record: RunStore.Record) throws {
    seconds[record.settings.model, default: 0] += record.fit.seconds
    works[record.settings.model, default: 0] += try Self.work(record.settings)
  }

  /// What a fit's time grows with: its epochs; one for classifiers.
  private static func work(_ settings: CellSettings) throws -> Double {
    try Estimators.named(settings.model).family == .network ? Double(settings.training.epochs) : 1
  }

  /// The seconds that a fit of `settings` takes; nil where no finished one of its model tells.
  func seconds(of settings: CellSettings) throws -> Double? {
    guard let seconds = seconds[settings.model], let done = works[settings.model] else { return nil }
    return try seconds / done * Self.work(settings)
  }

  /// The seconds that fits of `settings` take, by those that a fit of `current` takes: of a model that no finished one
  /// tells of nothing better is known.
  func seconds(of settings: [CellSettings], beside current: CellSettings) throws -> @Sendable (Double) -> Double {
    let own = try Self.work(current)
    var (known, other) = (0.0, 0.0)
    for settings in settings {
      if let seconds = try self.seconds(of: settings) {
        known += seconds
      } else {
        other += try Self.work(settings) / own
      }
    }
    return { [known, other] in known + other * $0 }
  }
}
