import Logging

/// The gateway answers requests.
struct GatewayServing {
    let port: Int

    func emit(to logger: Logger) {
        logger.notice("Serving.", metadata: ["port": "\(port)"])
    }
}

/// The gateway has stopped: nothing that was acknowledged is lost.
struct GatewayStopped {
    func emit(to logger: Logger) {
        logger.notice("Stopped.")
    }
}
