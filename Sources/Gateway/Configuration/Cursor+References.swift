import Yams

/// Names that refer to something elsewhere in the configuration.
extension Cursor {
    /// A fault unless `name` is one of `names`.
    func refuseUnknown(_ name: String, among names: [String], _ what: String) {
        guard !names.contains(name) else { return }
        let known = names.isEmpty ? "there is none" : "expected \(NearMiss.list(names))"
        fault("no \(what) is called \"\(name)\"\(NearMiss.hint(name, among: names, end: "; \(known)."))")
    }

    /// The name of a destination that is there and takes what `user` sends.
    func destination(forms: Set<Settings.DestinationForm>, for user: String, among destinations: [Settings.Destination])
        -> String?
    {
        guard let name = text("the name of a destination") else { return nil }
        guard let destination = destinations.first(where: { $0.name == name }) else {
            refuseUnknown(name, among: destinations.map(\.name), "destination")
            return nil
        }
        guard forms.contains(destination.form) else {
            let expected = NearMiss.list(forms.map(\.rawValue).sorted())
            fault(
                "\(user) can't send to \"\(name)\", which is as: \(destination.form.rawValue); expected a destination as \(expected)."
            )
            return nil
        }
        return name
    }

    /// The node at a path below this one: `when.all[0]`, `then[1]`; the deepest that is there.
    func descendant(_ path: String) -> Cursor {
        var cursor = self
        for part in path.split(whereSeparator: { $0 == "." || $0 == "[" }) {
            guard let child = cursor.child(part) else { return cursor }
            cursor = child
        }
        return cursor
    }

    /// A member by its key, or an element by `0]`.
    private func child(_ part: Substring) -> Cursor? {
        switch node {
        case .mapping(let mapping):
            return mapping[String(part)].map { Cursor(node: $0, path: "\(path).\(part)", log: log) }
        case .sequence(let sequence):
            guard let index = Int(part.dropLast()), sequence.indices.contains(index) else { return nil }
            return Cursor(node: sequence[index], path: "\(path)[\(index)]", log: log)
        case .scalar, .alias:
            return nil
        }
    }
}
