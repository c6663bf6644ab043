import Scenes

extension ClassSet {
  /// An SVG picture of the classes, a row each: colour, name and the value that stands for it in exported predictions.
  package var legend: String {
    let (row, left) = (24, 44)
    // Glyphs of a sans-serif face of 14 points are hardly wider on average.
    let nameWidth = 9 * (names.map(\.count).max() ?? 0)
    let (width, height) = (left + nameWidth + 60, row * count + 16)
    let rows = classes.enumerated().map { place, own in
      let (colour, top, baseline) = (own.colour, 8 + row * place, 8 + row * place + 17)
      return """
          <rect x="8" y="\(top + 3)" width="28" height="18" fill="rgb(\(colour.red),\(colour.green),\(colour.blue))"/>
          <text x="\(left)" y="\(baseline)">\(Self.escaped(own.name))</text>
          <text x="\(width - 8)" y="\(baseline)" text-anchor="end">\(own.exportValue)</text>

        """
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" font-family="sans-serif" font-size="14">
        <title>\(Self.escaped(name))</title>
        <rect width="\(width)" height="\(height)" fill="#ffffff"/>
      \(rows.joined())</svg>

      """
  }

  /// A text as XML holds it.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
