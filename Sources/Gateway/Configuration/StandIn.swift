import Signing

/// What stands for values that this machine does not have, while a configuration is tried out.
enum StandIn {
    /// Good for every secret, master keys too: 64 hexadecimal digits, another for each name.
    static func secret(of name: String) -> String { SHA256.hex(Array("stand-in for \(name)".utf8)) }

    /// Good for every URL; nothing is sent there.
    static let url = "https://stand-in.example/"
}
