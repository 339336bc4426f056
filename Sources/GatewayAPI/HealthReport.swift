package import Foundation

/// How the gateway and what it depends on stand, as far as it knows without asking anyone.
package struct HealthReport: Sendable, Hashable {
    /// The rules for callers.
    package var configuration: Configuration
    /// What counts the callers' requests.
    package var limiter: Limiter
    /// The targets.
    package var targets: [Target]
    /// The audit trail.
    package var audit = Audit()
    /// Where cancels are switched off; someone wants it so, and it is no cause for a warning.
    package var readOnly = ReadOnlyPolicy()
    /// The issuers of tokens; not told of where there are none.
    package var issuers: [Issuer] = []

    /// Puts a report together.
    package init(configuration: Configuration, targets: [Target], limiter: Limiter = Limiter()) {
        self.configuration = configuration
        self.limiter = limiter
        self.targets = targets
    }

    /// Whether nothing needs an operator's eye.
    package var isWell: Bool {
        configuration.problems.isEmpty && limiter.error == nil && audit.state != "failing"
            && targets.allSatisfy { target in
                ["ok", "idle"].contains(target.credentials.state)
                    && target.services.allSatisfy { $0.circuit == "closed" }
            }
            && issuers.allSatisfy { $0.state == "ok" }
    }

    /// The rules for callers: whether the files still say what is in force.
    package struct Configuration: Sendable, Hashable {
        /// When the rules in force were taken up.
        package var adoptedAt: Date
        /// What is wrong with the files as they are now; the rules are older then.
        package var problems: [String]

        /// Puts the parts together.
        package init(adoptedAt: Date, problems: [String]) {
            self.adoptedAt = adoptedAt
            self.problems = problems
        }
    }

    /// What counts the callers' requests.
    package struct Limiter: Sendable, Hashable {
        /// Where they are counted: `memory` or `redis`.
        package var store: String
        /// Why the store does not count now; `nil` while it does.
        package var error: String?

        /// Puts the parts together; the memory is always there.
        package init(store: String = "memory", error: String? = nil) {
            self.store = store
            self.error = error
        }
    }

    /// The audit trail, and whether its file can be written.
    package struct Audit: Sendable, Hashable {
        /// `ok`, `failing`, or `off` where no file is kept.
        package var state: String
        /// The number of the newest row.
        package var newest: Int?
        /// How many rows wait because they could not be written.
        package var unwritten: Int
        /// Why the last try to write failed.
        package var error: String?

        /// Puts the parts together; without arguments, the trail that has no file.
        package init(state: String = "off", newest: Int? = nil, unwritten: Int = 0, error: String? = nil) {
            self.state = state
            self.newest = newest
            self.unwritten = unwritten
            self.error = error
        }
    }

    /// One target.
    package struct Target: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// Its region.
        package var region: String
        /// Its account, where that is known.
        package var account: String?
        /// What it signs with.
        package var credentials: Credentials
        /// Its services.
        package var services: [Service]

        /// Puts the parts together.
        package init(
            name: String, region: String, account: String?, credentials: Credentials, services: [Service]
        ) {
            self.name = name
            self.region = region
            self.account = account
            self.credentials = credentials
            self.services = services
        }
    }

    /// The credentials of a target; nothing of them is secret.
    package struct Credentials: Sendable, Hashable {
        /// `ok`, `idle` (over, and nobody has asked since), `expired` (and used nevertheless) or `none`.
        package var state: String
        /// Where they come from.
        package var source: String?
        /// When their time is over.
        package var expiresAt: Date?
        /// Why the last fetch failed.
        package var error: String?

        /// Puts the parts together.
        package init(state: String, source: String?, expiresAt: Date?, error: String?) {
            self.state = state
            self.source = source
            self.expiresAt = expiresAt
            self.error = error
        }
    }

    /// One issuer of tokens.
    package struct Issuer: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// Its keys: `ok`, `stale` (those of an earlier fetch, since the last one failed) or `none`.
        package var state: String
        /// How many keys can be used.
        package var keys: Int
        /// Why the last fetch failed.
        package var error: String?

        /// Puts the parts together.
        package init(name: String, state: String, keys: Int, error: String?) {
            self.name = name
            self.state = state
            self.keys = keys
            self.error = error
        }
    }

    /// One service of a target.
    package struct Service: Sendable, Hashable {
        /// The service, `dms` or `iottwinmaker`.
        package var service: String
        /// The circuit breaker: `closed`, `open`, `half-open`; `closed` also where there is none.
        package var circuit: String
        /// The budget: calls that could be made now, and calls that wait; `nil` where there is none.
        package var budget: Budget?

        /// Puts the parts together.
        package init(service: String, circuit: String, budget: Budget?) {
            self.service = service
            self.circuit = circuit
            self.budget = budget
        }
    }

    /// The upstream budget of a service.
    package struct Budget: Sendable, Hashable {
        /// How many calls could be made now.
        package var available: Int
        /// How many calls wait.
        package var waiting: Int

        /// Puts the parts together.
        package init(available: Int, waiting: Int) {
            self.available = available
            self.waiting = waiting
        }
    }
}

extension HealthReport {
    /// The report as JSON.
    var json: [UInt8] {
        JSONWriter.object { writer in
            writer.member("status", isWell ? "ok" : "warn")
            writer.member("configuration", configuration) { writer, configuration in
                writer.member("state", configuration.problems.isEmpty ? "ok" : "rejected")
                writer.member("adoptedAt", time: configuration.adoptedAt.timeIntervalSince1970)
                writer.member("problems", configuration.problems)
            }
            writer.member("limiter", limiter) { writer, limiter in
                writer.member("store", limiter.store)
                writer.member("state", limiter.error == nil ? "ok" : "down")
                writer.member("error", limiter.error)
            }
            writer.member("audit", audit) { writer, audit in
                writer.member("state", audit.state)
                writer.member("newest", audit.newest)
                writer.member("unwritten", audit.unwritten)
                writer.member("error", audit.error)
            }
            writer.member("readOnly", readOnly.gatewayMessage)
            writer.member("targets", targets) { writer, target in
                writer.member("name", target.name)
                writer.member("region", target.region)
                writer.member("account", target.account)
                writer.member("readOnly", readOnly.message(for: target.name))
                writer.member("credentials", target.credentials) { writer, credentials in
                    writer.member("state", credentials.state)
                    writer.member("source", credentials.source)
                    writer.member("expiresAt", time: credentials.expiresAt?.timeIntervalSince1970)
                    writer.member("error", credentials.error)
                }
                writer.member("services", target.services) { writer, service in
                    writer.member("service", service.service)
                    writer.member("circuit", service.circuit)
                    writer.member("budget", service.budget) { writer, budget in
                        writer.member("available", budget.available)
                        writer.member("waiting", budget.waiting)
                    }
                }
            }
            if !issuers.isEmpty {
                writer.member("issuers", issuers) { writer, issuer in
                    writer.member("name", issuer.name)
                    writer.member("state", issuer.state)
                    writer.member("keys", issuer.keys)
                    writer.member("error", issuer.error)
                }
            }
        }
    }
}
