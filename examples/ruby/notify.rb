# frozen_string_literal: true

# Notifies a user, and prints whether that user was online.
#
#   HAGGLE_URL=http://localhost:4000/graphql HAGGLE_TOKEN=… ruby notify.rb TO ACTION [DATA] [KEY]
#
# TO is the user's id in the host application, DATA is JSON. With the same KEY it happens once, however often it is run.
# Exit codes: 0 told, 1 refused, 2 failed, 64 misused.

require_relative 'haggle'

to, action, data, key = ARGV
token = ENV.fetch('HAGGLE_TOKEN', '')
if action.nil? || token.empty?
  warn 'Usage: HAGGLE_URL=… HAGGLE_TOKEN=… ruby notify.rb TO ACTION [DATA] [KEY]'
  exit 64
end

haggle = Haggle.new(url: ENV.fetch('HAGGLE_URL', 'http://localhost:4000/graphql'), token: -> { token }) do |failed, wait|
  warn format('%<code>s, again in %<wait>.1f s: %<message>s', code: failed.code, wait: wait, message: failed.message)
end

begin
  told = haggle.notify(to: to, action: action, data: data && JSON.parse(data),
                       idempotency_key: key || SecureRandom.uuid)
  puts "online: #{told.online}"
rescue JSON::ParserError => e
  warn "DATA is no JSON: #{e.message}"
  exit 64
rescue Haggle::Refused => e
  warn "refused: #{e.code}: #{e.message}"
  e.issues.each { |issue| warn "  #{issue['path'].join('.')}: #{issue['message']}" }
  exit 1
rescue Haggle::Failed => e
  warn "failed: #{e.code}: #{e.message}"
  exit 2
end
