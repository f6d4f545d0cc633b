import Testing

@Suite("The admin port")
struct PlaceTests {}
