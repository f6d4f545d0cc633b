/// The members of `user_data` that name a person and have a form of their own.
///
/// The raw values are the keys on the wire.
package enum PersonalKey: String, Sendable, Hashable, CaseIterable {
    case em, ph, fn, ln, db, ge, ct, st, zp, country
    case externalID = "external_id"
    /// Older keys of the SDKs: five letters of a name, an initial, a birth date in parts.
    case f5first, f5last, fi, dobd, dobm, doby
    case appUserID = "app_user_id"
    /// Device ids, which Meta takes as they are.
    case madid
    case anonID = "anon_id"
}
