import Foundation
import Reports
import Storage
import TestSupport
import Testing

@Suite("LaTeX") struct LatexTests {
  /// Names of settings and augmentations with what LaTeX takes for its own.
  private func files(in language: Language) throws -> (latex: [String: String], csv: [String: String]) {
    let yaml = """
      name: latex
      about: "A made-up experiment: 100 % & more_or_less."
      model: [unet-mini, random-forest]
      training.epochs: [2, 4]
      seed: [0, 1]
      """
    return try withTemporaryFolder { folder in
      let report = try Report(
        StoredExperiment(yaml, in: folder).store, beside: .seeds, language: language, logger: silentLogger)
      return (
        Dictionary(uniqueKeysWithValues: report.latexFiles.map { ($0.name, $0.text) }),
        Dictionary(uniqueKeysWithValues: report.tableFiles.map { ($0.name, $0.text) })
      )
    }
  }

  @Test("Every table has its file, a line a row and as many cells in each", arguments: [Language.english, .french])
  func rows(_ language: Language) throws {
    let (latex, csv) = try files(in: language)
    #expect(latex.count == csv.count - 1 && latex.count > 8)
    for (name, text) in latex {
      let lines = text.split(separator: "\n").filter { $0.hasSuffix(#" \\"#) }
      let rows = try CSV.rows(#require(csv[name.replacing("\(language.fileMark).tex", with: ".csv")]))
      #expect(lines.count == rows.count, "\(name)")
      let alignment = try #require(text.firstMatch(of: #/begin{tabular}{([lr]+)}/#)?.output.1)
      for line in lines {
        // What isn't escaped stands between cells.
        let bare = line.replacing(#/\\[&%$#_{}]/#, with: "")
        #expect(bare.count { $0 == "&" } == alignment.count - 1, "\(line)")
        #expect(!bare.replacing("$-$", with: "").contains { "%$#_^".contains($0) }, "\(line)")
      }
    }
  }

  @Test("A table is a tabular with booktabs' rules under its note, with the language's own numbers")
  func text() throws {
    let english = try #require(files(in: .english).latex["tables/results.tex"])
    #expect(english.hasPrefix("% \\usepackage{booktabs}\n% Test scenes, protocol `official`"))
    #expect(english.contains("\\toprule\nModel & Maximum epochs & Seeds & "))
    #expect(english.contains("\\textbf{0.") && english.hasSuffix("\\bottomrule\n\\end{tabular}\n"))
    let french = try #require(files(in: .french).latex["tables/results.fr.tex"])
    #expect(french.contains("\\textbf{0,") && french.contains("forêt aléatoire") == english.contains("random forest"))
  }
}
