# frozen_string_literal: true

# Takes Haggle's webhooks, each once, and prints what they tell: where a host application would send an SMS. In Rails it
# is an action of a controller (docs/back-ends.md); this has nothing but the standard library.
#
#   WEBHOOK_SECRET=whsec_… ruby receive_webhooks.rb [FILE, where the ids of those that were taken are kept]

require 'set'
require 'socket'
require 'timeout'
require_relative 'verify_webhook'

# The ids of webhooks that were taken. A host application has a unique index, and writes both in one transaction.
class Taken
  def initialize(path)
    @file = File.open(path, 'a+')
    @ids = @file.each_line(chomp: true).to_set
    @lock = Mutex.new
  end

  # Yields where the id is new, and keeps it after that: if the block fails, it is tried again when it is sent again.
  def once(id)
    @lock.synchronize do
      return if @ids.include?(id)

      yield
      @file.puts(id)
      @file.fsync
      @ids.add(id)
    end
  end
end

REASONS = { 204 => 'No Content', 401 => 'Unauthorized', 500 => 'Internal Server Error' }.freeze

# What was posted, wherever to. A body that is longer than any of Haggle's is cut, and so no longer the one that was signed.
def read(socket)
  socket.gets("\r\n")
  headers = socket.each_line("\r\n", chomp: true).take_while { |line| !line.empty? }
                  .to_h { |line| line.split(/:\s*/, 2).then { |name, value| [name.downcase, value] } }
  [socket.read(headers['content-length'].to_i.clamp(0, 1024 * 1024)), headers]
end

# Whatever is not 2xx is sent again, later and later, for a day.
def status_of(body, headers, taken)
  event = HaggleWebhook.verify(body, headers, secrets: ENV.fetch('WEBHOOK_SECRET').split)
  taken.once(event.id) { tell(event.payload['data']) }
  204
rescue HaggleWebhook::Forged => e
  warn "forged: #{e.message}"
  401
rescue StandardError => e
  warn "#{e.class}: #{e.message}"
  500
end

def tell(data)
  data['notifications'].each do |notification|
    words = notification.values_at('title', 'text').reject(&:empty?)
    puts [data['user']['externalId'], *words].join(': ')
  end
  puts "#{data['user']['externalId']}: and #{data['more']} more" if data['more'].positive?
end

$stdout.sync = true
taken = Taken.new(ARGV.fetch(0, 'webhooks-taken.txt'))
server = TCPServer.new(ENV.fetch('HOST', '127.0.0.1'), Integer(ENV.fetch('PORT', '4567')))
puts "listening on http://127.0.0.1:#{server.addr[1]}/"
loop do
  Thread.new(server.accept) do |socket|
    body, headers = Timeout.timeout(10) { read(socket) }
    status = status_of(body, headers, taken)
    socket.write("HTTP/1.1 #{status} #{REASONS[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
  rescue StandardError => e
    # Only this sender loses by it.
    warn "#{e.class}: #{e.message}"
  ensure
    socket.close
  end
end
