import Harness

/// German, in part: titles, columns of tables, labels of figures and words in cells. Sentences, the note's and the cards'
/// templates and the earlier reports' claims are English still.
struct German: EnglishCatalogue {
  let code = "de"

  var decimalMark: String { "," }
  var endSeparator: String { "; " }

  /// By narrow spaces, as DIN 5008 has it for amounts that aren't money.
  func number(_ number: Int) -> String { grouped(number, by: "\u{202F}") }

  func list(_ names: [String]) -> String {
    names.dropLast().joined(separator: ", ") + (names.count > 1 ? " und " : "") + (names.last ?? "")
  }

  var syntheticStreets: String { "Synthetische Straßen, von segbench gezeichnet" }
  var reasonsAreEnglish: String { "Die Gründe sind Meldungen des Programms, die englisch sind." }
  var unknownDuration: String { "unbekannt" }

  func word(_ state: AbsentCell.State) -> String {
    switch state {
    case .unfinished: "nicht fertig"
    case .failed: "gescheitert"
    case .damaged: "beschädigt"
    }
  }

  func word(_ verdict: Judgement.Verdict) -> String {
    switch verdict {
    case .better: "besser"
    case .worse: "schlechter"
    case .equivalent: "gleichwertig"
    case .undecided: "unentschieden"
    }
  }

  func word(_ verdict: ClaimVerdict) -> String {
    switch verdict {
    case .reproduced: "bestätigt"
    case .sameDirection: "gleiche Richtung"
    case .smaller: "gleiche Richtung, aber kleiner"
    case .equivalent: "widerlegt: gleichwertig"
    case .contradicted: "widerlegt"
    case .undecided: "unentschieden"
    case .untested: "nicht geprüft"
    }
  }
}

// MARK: Titles

extension German {
  var missingTitle: String { "Was fehlt" }
  var resultsTitle: String { "Ergebnisse" }
  var earlierTitle: String { "In der Form der früheren Berichte" }
  var classesTitle: String { "IoU nach Klasse" }
  var lossesTitle: String { "Verlustfunktionen" }
  var augmentationsTitle: String { "Augmentierungen" }
  var ablationsTitle: String { "Ablationen" }
  var robustnessTitle: String { "Robustheit" }
  var comparisonsTitle: String { "Vergleiche" }
  var pairsTitle: String { "Modelle paarweise" }
  var claimsTitle: String { "Die Behauptungen der früheren Berichte" }
  var gridTitle: String { "Das ganze Raster" }
  var importancesTitle: String { "Wichtigkeit der Merkmale" }
  var curvesTitle: String { "Lernkurven" }
  var confusionTitle: String { "Verwechslungen" }
  var masksTitle: String { "Masken" }
  var calibrationTitle: String { "Kalibrierung" }
  var picturesTitle: String { "Bild für Bild" }
  var drivesTitle: String { "Fahrt für Fahrt" }
  var costTitle: String { "Kosten" }
  var provenanceTitle: String { "Herkunft" }
  var settingsTitle: String { "Einstellungen" }
  var settingsColumn: String { "Einstellungen" }
  var environment: String { "Umgebung" }
}

// MARK: Columns

extension German {
  var cell: String { "Zelle" }
  var state: String { "Zustand" }
  var reason: String { "Grund" }
  var model: String { "Modell" }
  var seeds: String { "Startwerte" }
  var fitTime: String { "Lernzeit" }

  func weatherName(_ kind: String) -> String? {
    switch kind {
    case "clean": "klar"
    case "fog": "Nebel"
    case "rain": "Regen"
    case "snow": "Schnee"
    case "night": "Nacht"
    case "spatter": "Spritzer"
    case "spatter-drops": "Tropfen auf der Linse"
    case "spatter-mud": "Schlamm auf der Linse"
    default: nil
    }
  }

  func axis(_ key: String) -> String? {
    switch key {
    case "loss": "Verlust"
    case "augmentation": "Augmentierung"
    case "data.size": "Größe"
    case "data.train": "Lernszenen"
    case "encoder.freeze": "Eingefrorene Epochen"
    case "encoder.learningRate": "Lernrate des Encoders"
    case "encoder.unfreeze": "Aufgetauter Anteil"
    case "encoder.weights": "Gewichte des Encoders"
    case "features.groups": "Merkmale"
    case "features.sampling": "Gezogene Pixel"
    case "forest.minLeaf": "Kleinstes Blatt"
    case "forest.trees": "Bäume"
    case "network.outputStride": "Schrittweite der Ausgabe"
    case "network.variant": "Variante"
    case "network.width": "Breite"
    case "svc.c": "C"
    case "training.batch": "Stapel"
    case "training.epochs": "Epochen höchstens"
    case "training.learningRate": "Lernrate"
    case "training.optimizer": "Optimierer"
    case "training.precision": "Zahlenformat"
    case "training.schedule": "Verlauf der Lernrate"
    default: nil
    }
  }

  func none(of axis: String) -> String? {
    switch axis {
    case "data.train": "alle"
    case "encoder.learningRate": "wie der Rest"
    case "encoder.weights": "zufällig"
    case "forest.featuresPerSplit": "Quadratwurzel"
    case "forest.maxDepth": "unbegrenzt"
    default: nil
    }
  }

  var meanIoU: String { "Mittlere IoU" }
  var flatIoU: String { "Globale IoU" }
  var meanDice: String { "Mittlerer Dice" }
  var accuracy: String { "Genauigkeit" }
  var meanIoUGained: String { "Gewinn an mittlerer IoU" }
  var verdict: String { "Urteil" }
  var reference: String { "Referenz" }
  var parameters: String { "Parameter" }
  var protocolName: String { "Protokoll" }
  var meanIoUAtBorders: String { "Mittlere IoU an Grenzen" }
  var classesAveraged: String { "Klassen" }
  var trainMeanIoU: String { "Mittlere IoU beim Lernen" }
  var trainAccuracy: String { "Genauigkeit beim Lernen" }
  var validationMeanIoU: String { "Mittlere IoU der Validierung" }
  var testMeanIoU: String { "Mittlere IoU des Tests" }
  var againstSelected: String { "Mittlere IoU des Tests gegen die gewählte Zelle" }
  var forest: String { "Wald" }
  var feature: String { "Merkmal" }
  var importance: String { "Wichtigkeit" }
  var epochTime: String { "Eine Epoche" }
  var trainingMilliseconds: String { "ms je Trainingsbild" }
  var bestEpochTime: String { "Bis zur besten Epoche" }
  var epochs: String { "Epochen" }
  var gigaflops: String { "GFLOP je Bild" }
  var peakMemory: String { "Größter Speicher" }
  var milliseconds: String { "ms je Bild" }
  var earlierModel: String { "Modell" }
  var earlierFitTime: String { "Lernzeit" }
  var earlierAccuracy: String { "Genauigkeit" }
  var source: String { "Quelle" }
  var earlierReport: String { "früherer Bericht" }
  var thisExperiment: String { "dieses Experiment" }
  var claim: String { "Behauptung" }
  var theirs: String { "Ihre Zahlen" }
  var gainedHere: String { "Hier: Gewinn an mittlerer IoU" }
  var truth: String { "Wahrheit" }
  var truePixels: String { "Wahre Pixel" }
  var kind: String { "Art" }
  var modelGigaflops: String { "GFLOP je Bild" }
  var size: String { "Größe" }
  var network: String { "Netz" }
  var classifier: String { "Pixelklassifikator" }
  var layer: String { "Schicht" }
  var operation: String { "Operation" }
  var channelsIn: String { "Eingangskanäle" }
  var result: String { "Ergebnis" }
  var all: String { "insgesamt" }
  var claimNumber: String { "Nr." }
  var experiment: String { "Experiment" }
  var this: String { "A" }
  var against: String { "B" }
  var itsRuns: String { "Läufe von A" }
  var othersRuns: String { "Läufe von B" }
  var validationCalibrationError: String { "ECE der Validierung" }
  var overconfidence: String { "Überzuversicht" }
  var brierScore: String { "Brier-Wert" }
  var byPicture: String { "Mittlere IoU je Bild" }
  var worstByPicture: String { "Schlechteste 5 % der Bilder" }
  var byClass: String { "Mittlere IoU je Klasse" }
  var worstByClass: String { "Schlechteste 5 % je Klasse" }
  var boundaryIoU: String { "Mittlere Rand-IoU" }
  var pictureName: String { "Bild" }
  var worstClass: String { "Schlechteste Klasse" }
  var itsIoU: String { "Ihre IoU" }
  var drive: String { "Fahrt" }
  var trainedOn: String { "Beim Lernen" }
  var seenDrive: String { "gesehen" }
  var unseenDrive: String { "nie gesehen" }
  var allDrives: String { "alle zusammen" }
  var pictureCount: String { "Bilder" }
  var framesAway: String { "Bilder Abstand" }
}

// MARK: Labels and facts

extension German {
  var epoch: String { "Epoche" }
  var validationMeanIoULabel: String { "mittlere IoU der Validierung" }
  var testMeanIoULabel: String { "mittlere IoU des Tests" }
  var trainingLoss: String { "Verlust beim Lernen" }
  var encoderThaws: String { "Encoder taut auf" }
  var fitSeconds: String { "Lernzeit in s" }
  var predictionMilliseconds: String { "ms für die Vorhersage eines Bildes" }
  var trainedWith: String { "gelernt mit" }
  var testedUnder: String { "geprüft unter" }
  var truthLabel: String { "Wahrheit" }
  var predictedAs: String { "vorhergesagt als" }
  var confidenceLabel: String { "Wahrscheinlichkeit der vorhergesagten Klasse" }
  var shareRight: String { "Anteil richtiger Pixel" }
  var probabilitiesAreFrequencies: String { "vollkommen kalibriert" }
  var picture: String { "Bild" }
  var wrongPixels: String { "falsche Pixel" }
  var wrong: String { "falsch" }
  var right: String { "richtig" }
  var command: String { "Befehl" }
  var program: String { "Programm" }
  var data: String { "Daten" }
  var processor: String { "Prozessor" }
  var system: String { "System" }
  var unknown: String { "unbekannt" }
}
