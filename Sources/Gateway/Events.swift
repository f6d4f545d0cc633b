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

/// The configuration was read again and is in force, but for what waits for a restart.
struct ConfigurationReloaded {
    let plan: ReloadPlan

    func emit(to logger: Logger) {
        let taken = plan.taken.isEmpty ? "nothing" : plan.taken.joined(separator: " ")
        logger.notice("Read the configuration again.", metadata: ["changed": "\(taken)"])
        guard !plan.needsRestart.isEmpty else { return }
        logger.warning(
            "A part of the configuration needs a restart and stays as it was.",
            metadata: ["parts": "\(plan.needsRestart.joined(separator: " "))"])
    }
}

/// The configuration was read again and is faulty: the one before stays in force.
struct ReloadRefused {
    let fault: String

    func emit(to logger: Logger) {
        logger.error("The configuration is faulty; the one before stays in force.", metadata: ["fault": "\(fault)"])
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
