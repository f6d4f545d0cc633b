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

/// A request could not be written to the capture folder; the gateway's own work is not concerned.
struct CaptureFailed {
    let error: String

    func emit(to logger: Logger) {
        logger.error("A captured request could not be written.", metadata: ["error": "\(error)"])
    }
}

/// Requests came faster than they could be written: these are not in the capture folder.
struct CaptureLeftOut {
    let count: Int

    func emit(to logger: Logger) {
        logger.warning("Requests were left out of the capture.", metadata: ["count": "\(count)"])
    }
}
