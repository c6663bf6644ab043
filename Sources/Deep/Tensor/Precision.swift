import CTiles
import Settings

/// The numbers that networks compute and store with.
package enum Precision: String, Codable, CaseIterable, Sendable {
  /// Float throughout.
  case fp32
  /// Activations, their gradients and the factors of products in bf16, of 8 significant bits; sums of products, weights,
  /// normalisation, losses and the optimizer in Float.
  case bf16

  /// Whether this processor can.
  package var isAvailable: Bool { self == .fp32 || tiles_available() }

  /// - Throws: `SettingError.invalid` where this processor can't.
  package func check(_ setting: String) throws {
    guard !isAvailable else { return }
    throw SettingError.invalid(
      setting: setting, value: rawValue,
      bound: "fp32 on this machine: bf16 needs a processor with AMX (Intel Xeon of 2023 or newer) and Linux 5.16")
  }
}
