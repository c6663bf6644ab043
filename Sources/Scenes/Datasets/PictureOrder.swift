/// How much the pictures of a drive, in their order, have in common: what intervals over pictures rest on.
package enum PictureOrder: String, Codable, CaseIterable, Sendable {
  /// Nothing: scenes drawn independently of each other.
  case independent
  /// Little: each from another place, as those of Cityscapes.
  case places
  /// Much: frames of a video, of which neighbours are near copies, as those of CamVid.
  case video
}
