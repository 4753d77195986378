"""The guards of the hostile table, how each is taken out, and how good answers are refused."""

from __future__ import annotations

from dataclasses import dataclass

TABLE = "tests/faults/test_hostile_answers.py"


@dataclass(frozen=True)
class Guard:
    """A guard, or what reads an answer that is good in an odd form.

    Attributes:
        name: What it keeps away, or reads.
        path: Of its source, below ``kit/singer_kit``.
        old: The code that guards, which is there once.
        new: The code that does not; of a reading, code that refuses such an answer.
        tests: Which tests must fail without it.
    """

    name: str
    path: str
    old: str
    new: str
    tests: str = TABLE


GUARDS = (
    Guard("deadline of a whole answer", "http/deadline.py", "exchange.expire()", "pass"),
    Guard("only final responses", "http/responses.py",
          "while self.status < HTTPStatus.OK and", "while False and"),
    Guard("largest body", "http/body.py", "if size > max_bytes:", "if False:"),
    Guard("no empty body", "http/body.py", "    if not body:", "    if False:"),
    Guard("no HTML", "http/body.py", 'if body[:1] == b"<" or', "if False and"),
    Guard("only arrays and objects", "http/body.py",
          "if not isinstance(data, (list, dict)):", "if False:"),
    Guard("no error with status 200", "http/body.py",
          "if isinstance(data, dict) and _only_an_error(data):", "if False:"),
    Guard("whole JSON", "http/body.py",
          "    except _UNREADABLE:\n        raise", "    except KeyError:\n        raise"),
    Guard("depth of JSON", "http/body.py", "UnicodeDecodeError, RecursionError)",
          "UnicodeDecodeError)"),
    Guard("no part of an answer", "http/session.py",
          "if status == HTTPStatus.PARTIAL_CONTENT:", "if False:"),
    Guard("status of success", "http/session.py",
          "if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:", "if True:"),
    Guard("what does not print in a reason", "http/session.py",
          "escape(response.reason or '')", "(response.reason or '')"),
    Guard("refusals are waited for", "http/session.py", "if refused or (", "if False and ("),
    Guard("number of redirects", "http/session.py", "MAX_REDIRECTS = 5", "MAX_REDIRECTS = 500"),
    Guard("redirects to URLs", "http/session.py",
          "        except ValueError:\n            raise OriginError",
          "        except KeyError:\n            raise OriginError"),
    Guard("origin", "http/transport.py", "if origin not in self._origins:", "if False:"),
    Guard("broken connections", "http/transport.py",
          "if isinstance(reason, (urllib3.exceptions.ProtocolError,",
          "if False and isinstance(reason, (urllib3.exceptions.ProtocolError,"),
    Guard("bodies that are cut", "http/transport.py",
          "            except urllib3.exceptions.HTTPError as error:",
          "            except KeyError as error:"),
    Guard("longest wait", "http/headers.py",
          "return min(max(0.0, seconds), LONGEST_WAIT)", "return max(0.0, seconds)"),
    Guard("no negative wait", "http/headers.py",
          "return min(max(0.0, seconds), LONGEST_WAIT)", "return min(seconds, LONGEST_WAIT)",
          "tests/properties/test_limit_headers.py"),
    Guard("dates that are none", "http/headers.py",
          "    except (ValueError, OverflowError):\n        return None\n    if",
          "    except KeyError:\n        return None\n    if"),
    Guard("dates that no clock has", "http/clock.py",
          "except (ValueError, OverflowError, OSError):", "except KeyError:"),
    Guard("finite numbers", "http/headers.py",
          "return found if math.isfinite(found) else None", "return found",
          "tests/properties/test_limit_headers.py"),
    Guard("no credentials of ~/.netrc", "http/transport.py",
          "self.http.auth = _add_nothing", "pass", "tests/faults/test_netrc.py"),
    Guard("ids in paths", "paths.py", "return quote(text, safe=_PLAIN)", "return text",
          "tests/faults/test_ids_in_paths.py"),
    Guard("no dots as ids", "paths.py", 'if text in {"", ".", ".."}:', "if False:",
          "tests/faults/test_ids_in_paths.py"),
    Guard("secrets in logs", "redaction.py", "text = _compile(held).sub(MASK, text)", "pass",
          "tests/kit/test_redaction.py"),
    Guard("promised rows", "paging/row_count.py",
          "return any(each is not None and each > self.rows for each in told) or",
          "return False and",
          "tests/kit/test_short_lists.py tests/kit/test_empty_pages.py"),
)  # fmt: skip

# Rows that must be read fail when what they do is refused. Of two lengths urllib3 takes none: for
# that row it is another library, one that lets them pass.
READINGS = (
    Guard("no reason", "http/session.py",
          "        status = response.status_code\n        if status == HTTPStatus.PARTIAL",
          "        status = response.status_code\n        if not response.reason:\n"
          "            raise ApiError('no reason')\n        if status == HTTPStatus.PARTIAL"),
    Guard("a response before the final one", "http/responses.py",
          "    @override\n    def begin",
          "    def _read_status(self):\n"
          "        found = super()._read_status()\n"
          "        if found[1] < HTTPStatus.OK:\n"
          "            raise http.client.BadStatusLine('not final')\n"
          "        return found\n\n"
          "    @override\n    def begin"),
    Guard("a date that is far from ours", "http/clock.py",
          "            if self._skew is None and abs(skew) <= MOST_SKEW:",
          "            if abs(skew) > MOST_SKEW:\n                raise ValueError(skew)\n"
          "            if self._skew is None:"),
    Guard("numbers that are not finite", "http/headers.py",
          "return found if math.isfinite(found) else None",
          "assert text is None or math.isfinite(found)\n"
          "    return found if math.isfinite(found) else None"),
    Guard("types other than JSON", "http/body.py",
          'kind.startswith("text/html")', 'kind != "application/json"'),
    Guard("chunks", "http/body.py",
          "    size = 0\n",
          "    size = 0\n    if 'Transfer-Encoding' in response.headers:\n"
          "        response.close()\n        raise ContentError('chunks')\n"),
    Guard("compression", "http/body.py", "decode_content=True", "decode_content=False"),
    Guard("two lengths (urllib3)", "http/transport.py",
          "CONNECT_SECONDS = 10.0\n",
          "CONNECT_SECONDS = 10.0\n"
          "urllib3.response.HTTPResponse._init_length = lambda *_: None\n"),
)  # fmt: skip
