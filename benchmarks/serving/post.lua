-- For wrk: posts the lines of a file one after the other, and prints what came of it as one line of JSON.
--   BENCHMARK_BODIES  the file: one request body a line
--   BENCHMARK_PATH    the path to post to
--   BENCHMARK_TOKEN   a bearer token, where the server wants one

local posts, last = {}, 0

function init(arguments)
  local headers = {["Content-Type"] = "application/json"}
  local token = os.getenv("BENCHMARK_TOKEN")
  if token then
    headers["Authorization"] = "Bearer " .. token
  end
  for body in io.lines(os.getenv("BENCHMARK_BODIES")) do
    posts[#posts + 1] = wrk.format("POST", os.getenv("BENCHMARK_PATH"), headers, body)
  end
end

function request()
  last = last % #posts + 1
  return posts[last]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
