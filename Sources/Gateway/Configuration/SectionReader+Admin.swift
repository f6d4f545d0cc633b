import Admin
import Core
import Logging

/// `admin` and `log`.
extension SectionReader {
    func admin(_ cursor: Cursor) -> Settings.Admin? {
        let keys = ["address", "token", "tokens", "certificate", "private_key"]
        guard let section = cursor.members(keys, required: ["address", "token"]) else { return nil }
        let address = section["address"]?.address()
        let token = section["token"].flatMap(adminToken)
        let certificate = section["certificate"]?.file("the admin port's certificate chain (PEM)", in: directory)
        let privateKey = section["private_key"]?.file("the admin port's private key (PEM)", in: directory)
        let users = section["tokens"]?.items(of: "tokens")?.compactMap(adminUser) ?? []
        SectionReader.refuseRepeats(
            zip(users, section["tokens"]?.items(of: "tokens") ?? []).map { ($0.name, $1) }, "the token")
        if (section["certificate"] == nil) != (section["private_key"] == nil) {
            cursor.fault("certificate and private_key go together.")
            return nil
        }
        if let address, !address.isLoopback, section["certificate"] == nil {
            section["address"]?.refuse(
                expected: "a loopback address such as 127.0.0.1:9443; another one takes certificate and private_key beside it")
            return nil
        }
        guard let address, let token else { return nil }
        return Settings.Admin(address: address, token: token, tokens: users, certificate: certificate, privateKey: privateKey)
    }

    private func adminUser(_ cursor: Cursor) -> Settings.AdminUser? {
        guard let section = cursor.members(["name", "token", "may"], required: ["name", "token", "may"]) else { return nil }
        let name = section["name"]?.name()
        let token = section["token"].flatMap(adminToken)
        let may = section["may"]?.word(AdminMay.self)
        if name == "operator" { section["name"]?.fault("operator is the name of admin.token.") }
        guard let name, let token, let may else { return nil }
        return Settings.AdminUser(name: name, token: token, may: may)
    }

    private func adminToken(_ cursor: Cursor) -> Secret? {
        guard let token = cursor.secret("an admin token") else { return nil }
        guard token.reveal().utf8.count >= 16 else {
            cursor.fault("the admin token is shorter than 16 characters.")
            return nil
        }
        return token
    }

    func log(_ cursor: Cursor) -> Settings.Log {
        let standard = Settings.Log()
        guard let section = cursor.members(["level", "format"]) else { return standard }
        return Settings.Log(
            level: section["level"]?.word(Logger.Level.self) ?? standard.level,
            format: section["format"]?.word(Settings.Log.Format.self) ?? standard.format)
    }
}
