import Settings

/// What a user types to change an experiment: each setting once, and none that nothing uses. What stands in a file may be
/// for models that this call leaves out; what is typed is meant.
package struct TypedSettings {
  private var experiment: Experiment
  /// Whether a single cell is to be run, to which what orders several says nothing.
  private let isSingle: Bool
  /// By the whole names of keys.
  private var typed: [String: Setting] = [:]

  package init(changing experiment: Experiment, isSingle: Bool = false) {
    (self.experiment, self.isSingle) = (experiment, isSingle)
  }

  /// Sets a key to what an option says.
  ///
  /// - Throws: `SettingError`, also where it was typed before.
  package mutating func set(_ key: String, to value: Setting) throws {
    let isOther = Schema.others.contains(key)
    if isSingle, isOther, key != "conditions" {
      throw SettingError.invalid(setting: key, value: "\(value)", bound: "left out of a single training")
    }
    try experiment.set(key, to: value)
    for (key, value) in isOther ? [key: value] : try Assignments(key, value).values {
      if let before = typed.updateValue(value, forKey: key) {
        throw SettingError.invalid(setting: key, value: "\(before) and \(value)", bound: "given once")
      }
    }
  }

  /// Sets what `assignment`, such as `epochs=20` or `seed=[0,1,2]`, says.
  ///
  /// - Throws: as `set(_:to:)`.
  package mutating func set(_ assignment: String) throws {
    let (key, value) = try Experiment.parts(of: assignment)
    try set(key, to: value)
  }

  /// The changed experiment.
  ///
  /// - Throws: `SettingError.invalid` for a setting that no cell uses; as `Experiment.cellSettings`.
  package func changed() throws -> Experiment {
    let cells = try experiment.cellSettings()
    let used = Set(cells.flatMap(\.values.keys)).union(Schema.others)
    for (key, value) in typed.sorted(by: { $0.key < $1.key }) {
      func refuse(_ reason: String) -> SettingError {
        .invalid(setting: key, value: "\(value)", bound: "left out: \(reason)")
      }
      guard used.contains(key) else {
        let models = Set(cells.map(\.model)).sorted().joined(separator: ", ")
        throw refuse("\(models) \(Set(cells.map(\.model)).count == 1 ? "doesn't" : "don't") use it")
      }
      if key.hasPrefix("training.augmentationPolicy"), cells.allSatisfy({ $0.augmentation == "none" }) {
        throw refuse("nothing is augmented")
      }
      let isSynthetic = cells.allSatisfy { $0.data.isSynthetic }
      if ["data.layout", "data.encoding", "data.skipBad"].contains(key), isSynthetic {
        throw refuse("synthetic scenes lie in no folder")
      }
      if key == "data.sceneSeed", !isSynthetic { throw refuse("it is that of synthetic scenes") }
    }
    return experiment
  }
}
