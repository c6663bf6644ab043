import ArgumentParser
import Harness
import Scenes

/// What shells offer for values: the names that the program has.
extension CompletionKind {
  static var models: CompletionKind { .list(Estimators.registry.names) }
  static var presets: CompletionKind { .list(Presets.all.map(\.name)) }
  static var augmentations: CompletionKind { .list(Augmentations.registry.names) }
  static var conditions: CompletionKind { .list(Condition.all.map(\.name)) }
  static var protocols: CompletionKind { .list(ScoringProtocol.allCases.map(\.rawValue)) }
  static var classSets: CompletionKind { .list(ClassSet.all.map(\.name)) }
  static var encodings: CompletionKind { .list(LabelEncoding.names) }
  static var layouts: CompletionKind { .list(DatasetLayouts.all.map { $0.name }) }
  static var yaml: CompletionKind { .file(extensions: ["yaml", "yml"]) }

  /// Keys of settings, asked for when they are needed: there are many, and no other start should wait for them.
  static var settings: CompletionKind {
    .custom { _, _, _ in Schema.shared.keys.map { "\($0.name)=" } }
  }
}
