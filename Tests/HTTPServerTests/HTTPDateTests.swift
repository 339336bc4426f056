import Foundation
import HTTPServer
import Testing

@Suite("The Date field")
struct HTTPDateTests {
    @Test(
        "a second is written as an IMF-fixdate",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ])
    func text(second: Int, text: String) {
        #expect(HTTPDate.text(second: second) == text)
    }

    @Test("the cached text changes with the second and not within it")
    func cache() {
        let date = HTTPDate()
        #expect(date.text(now: Date(timeIntervalSince1970: 784_111_777.999)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date.text(now: Date(timeIntervalSince1970: 784_111_778)) == "Sun, 06 Nov 1994 08:49:38 GMT")
        #expect(date.text(now: Date(timeIntervalSince1970: 784_111_777.5)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}
