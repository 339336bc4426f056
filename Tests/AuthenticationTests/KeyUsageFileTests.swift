import Authentication
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite("The file of last-used times")
struct KeyUsageFileTests {
    private let folder: TemporaryFolder
    private var file: KeyUsageFile { KeyUsageFile(path: folder.path + "/keys.yaml.used") }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("is made by the first merge, for its owner alone, and read back")
    func made() throws {
        #expect(try file.read() == nil)
        #expect(try file.merge(["k3f9a2bd": .start, "zzzzzzzz": .start + 60]))
        #expect(try file.read() == ["k3f9a2bd": .start, "zzzzzzzz": .start + 60])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try folder.names == ["keys.yaml.used"])
        #expect(
            try folder.text(of: "keys.yaml.used")
                == """
                # When each API key of jobgate was last used, to the minute.
                k3f9a2bd 2026-11-21T09:00:00Z
                zzzzzzzz 2026-11-21T09:01:00Z

                """)
    }

    @Test("keeps the later of two times, and what others wrote")
    func merged() throws {
        #expect(try file.merge(["aaaaaaaa": .start + 60, "bbbbbbbb": .start]))
        #expect(try file.merge(["aaaaaaaa": .start, "bbbbbbbb": .start + 60, "cccccccc": .start]))
        #expect(try file.read() == ["aaaaaaaa": .start + 60, "bbbbbbbb": .start + 60, "cccccccc": .start])
    }

    @Test("is not written where nothing is new")
    func unchanged() throws {
        _ = try file.merge(["aaaaaaaa": .start])
        let before = try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int
        #expect(try file.merge(["aaaaaaaa": .start - 60]))
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int == before)
    }

    @Test("gives what can be read of it, and mends the rest at the next merge")
    func halfReadable() throws {
        let header = "# When each API key of jobgate was last used, to the minute.\n"
        try folder.write(
            header + "aaaaaaaa 2026-11-21T09:00:00Z\nbbbbbbbb\n\nc d e\ndddddddd soon\n# x\n", to: "keys.yaml.used")
        #expect(try file.read() == ["aaaaaaaa": .start])
        #expect(try file.merge(["bbbbbbbb": .start]))
        #expect(try folder.text(of: "keys.yaml.used").split(separator: "\n").count == 3)
    }

    @Test(
        "that is another file is neither read nor overwritten",
        arguments: ["keys: []\n", "", "k3f9a2bd 2026-11-21T09:00:00Z\n", String(repeating: "#", count: 1_048_577)])
    func another(text: String) throws {
        try folder.write(text, to: "keys.yaml.used")
        #expect(throws: KeyUsageFile.Problem.self) { try file.read() }
        #expect(throws: KeyUsageFile.Problem.self) { try file.merge(["aaaaaaaa": .start]) }
        #expect(try folder.text(of: "keys.yaml.used") == text)
        #expect(try folder.names == ["keys.yaml.used"])
    }

    @Test("that is a folder, or in none, is a problem that names it", arguments: ["", "/nowhere/keys.used"])
    func noFile(name: String) throws {
        let file = KeyUsageFile(path: folder.path + name)
        let problem = try #require(throws: KeyUsageFile.Problem.self) { try file.merge(["aaaaaaaa": .start]) }
        #expect(problem.description.hasPrefix(file.path))
    }

    @Test("behind a link is replaced where it lies, and the link stays")
    func link() throws {
        _ = try file.merge(["aaaaaaaa": .start])
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "keys.yaml.used")
        #expect(try KeyUsageFile(path: link).merge(["bbbbbbbb": .start]))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "keys.yaml.used")
        #expect(try file.read()?.count == 2)
    }

    @Test("is left for later while another process changes the folder's files")
    func locked() throws {
        let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        #expect(try file.merge(["aaaaaaaa": .start]) == false)
        #expect(flock(descriptor, LOCK_UN) == 0)
        #expect(try file.merge(["aaaaaaaa": .start]))
    }

    @Test("keeps the newest ten thousand times")
    func bounded() throws {
        let uses = (0..<10_050).map { (String(10_000_000 + $0), Date.start + Double($0 * 60)) }
        #expect(try file.merge(Dictionary(uniqueKeysWithValues: uses)))
        let kept = try #require(try file.read())
        #expect(kept.count == 10_000)
        #expect(kept["10000049"] == nil && kept["10000050"] != nil)
    }

    @Test("loses nothing when many write at once and try again while another one does")
    func threads() throws {
        let problems = Mutex<[String]>([])
        let file = file
        DispatchQueue.concurrentPerform(iterations: 32) { index in
            do {
                while try !file.merge([
                    "\(10_000_000 + index)": .start + Double(index * 60), "shared00": .start + Double(index * 60),
                ]) {
                    sched_yield()
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        let times = try #require(try file.read())
        #expect(times.count == 33)
        #expect(times["shared00"] == .start + 31 * 60)
    }
}
