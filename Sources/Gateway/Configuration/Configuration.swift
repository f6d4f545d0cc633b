/// A configuration that was taken, and what is worth a look in it.
package struct Configuration: Sendable {
    package let settings: Settings
    package let warnings: [ConfigurationFault]

    package init(settings: Settings, warnings: [ConfigurationFault]) {
        self.settings = settings
        self.warnings = warnings
    }
}
