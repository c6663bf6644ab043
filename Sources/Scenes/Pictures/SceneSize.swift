/// The size at which models see scenes, written `256x128` for one that all are brought to, or `native`.
package enum SceneSize: Hashable, Sendable, LosslessStringConvertible {
  /// Each at its own size.
  case native
  /// All at one size.
  case resized(PixelSize)

  /// The size that `text` names; nil where it names none.
  package init?(_ text: String) {
    if text == Self.native.description {
      self = .native
    } else if let size = PixelSize(text) {
      self = .resized(size)
    } else {
      return nil
    }
  }

  /// The size that all scenes are brought to; nil for their own.
  package var common: PixelSize? { if case .resized(let size) = self { size } else { nil } }

  package var description: String { common?.description ?? "native" }
}
