import Deep
import Scenes

/// A network as the harness knows models: pictures in, class probabilities out.
package struct NetworkSegmenter: Segmenter {
  package let model: NetworkModel

  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    try zip(pictures, model.probabilities(of: pictures.map(ImageData.init))).map { picture, probabilities in
      Prediction(
        width: picture.width, height: picture.height, classCount: model.classes.count, probabilities: probabilities)
    }
  }
}

extension ImageData {
  package init(_ picture: Picture) {
    self.init(width: picture.width, height: picture.height, pixels: picture.pixels)
  }
}
