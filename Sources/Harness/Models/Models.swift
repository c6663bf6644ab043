import Baselines
import Deep

/// All models by name, those of both families.
public enum Models {
  public static let all: [ModelDefinition] =
    [
      .classifier(section: "forest", \.forest),
      .classifier(section: "svc", \.svc),
    ] + Networks.all.map(ModelDefinition.init(network:))

  /// The model called `name`.
  ///
  /// - Throws: `HarnessError.unknown` with the nearest.
  public static func named(_ name: String) throws -> ModelDefinition {
    guard let model = all.first(where: { $0.name == name }) else {
      throw HarnessError.unknown(kind: "model", name: name, known: all.map(\.name))
    }
    return model
  }
}
