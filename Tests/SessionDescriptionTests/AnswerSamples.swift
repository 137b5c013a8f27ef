/// What real clients answered to offers of ours. Publish: audio and video with simulcast to receive; Mixed: with three
/// sections to send after them; Stopped: Mixed with the video to receive inactive, mid 3 stopped and mid 4 inactive.
enum AnswerSamples {
    static let chromiumAnswerPublish = """
        v=0
        o=- 762859663941857313 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS f4abc3f5-d9c4-4225-baad-5b0c5c739ccf
        m=audio 9 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 40c770fd-ff70-4ce6-a7ae-72a09ee2e8e8
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        a=ssrc:225014576 cname:YITf5lbCngcmiofG
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:1
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 4f6c6aff-a9ca-4947-a360-c98c62ca1de5
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f

        """

    static let chromiumAnswerMixed = """
        v=0
        o=- 762859663941857313 3 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2 3 4
        a=extmap-allow-mixed
        a=msid-semantic: WMS f4abc3f5-d9c4-4225-baad-5b0c5c739ccf
        m=audio 48188 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:2146165957 1 udp 2122194687 127.0.0.1 48188 typ host generation 0 network-id 3 network-cost 50
        a=candidate:3520494409 1 udp 2122063615 192.0.2.2 34940 typ host generation 0 network-id 1
        a=candidate:1391603742 1 udp 2122267903 ::1 40900 typ host generation 0 network-id 4 network-cost 50
        a=candidate:3601078265 1 udp 2122134271 fd00::2 39829 typ host generation 0 network-id 2
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 40c770fd-ff70-4ce6-a7ae-72a09ee2e8e8
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        a=ssrc:225014576 cname:YITf5lbCngcmiofG
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:1
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 4f6c6aff-a9ca-4947-a360-c98c62ca1de5
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f
        m=audio 9 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:2
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:3
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:4
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100

        """

    static let chromiumAnswerStopped = """
        v=0
        o=- 762859663941857313 4 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2 4
        a=extmap-allow-mixed
        a=msid-semantic: WMS f4abc3f5-d9c4-4225-baad-5b0c5c739ccf
        m=audio 48188 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:2146165957 1 udp 2122194687 127.0.0.1 48188 typ host generation 0 network-id 3 network-cost 50
        a=candidate:3520494409 1 udp 2122063615 192.0.2.2 34940 typ host generation 0 network-id 1
        a=candidate:1391603742 1 udp 2122267903 ::1 40900 typ host generation 0 network-id 4 network-cost 50
        a=candidate:3601078265 1 udp 2122134271 fd00::2 39829 typ host generation 0 network-id 2
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 40c770fd-ff70-4ce6-a7ae-72a09ee2e8e8
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        a=ssrc:225014576 cname:YITf5lbCngcmiofG
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:1
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=inactive
        a=msid:f4abc3f5-d9c4-4225-baad-5b0c5c739ccf 4f6c6aff-a9ca-4947-a360-c98c62ca1de5
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f
        m=audio 9 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:2
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        m=video 0 UDP/TLS/RTP/SAVPF 0
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=mid:3
        a=inactive
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 104 105 106 107 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Ip21
        a=ice-pwd:xEozpnIsrLwCOvIsfM0WwrwR
        a=ice-options:trickle
        a=fingerprint:sha-256 3C:5B:B0:8A:B6:9D:DA:3F:B4:5F:4B:71:C4:4B:2A:95:20:80:78:C9:DF:49:B7:03:6E:F4:BC:98:5B:AB:AB:30
        a=setup:active
        a=mid:4
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=inactive
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=rtpmap:106 H264/90000
        a=rtcp-fb:106 transport-cc
        a=rtcp-fb:106 ccm fir
        a=rtcp-fb:106 nack
        a=rtcp-fb:106 nack pli
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=106
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100

        """

    static let firefoxAnswerPublish = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 2078532130714609043 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=extmap-allow-mixed
        a=fingerprint:sha-256 42:62:C1:9E:92:72:6A:24:8E:4A:44:32:FB:C0:31:DF:DF:FF:A8:E3:D2:E3:D0:63:8D:9B:F3:CE:84:19:6F:B2
        a=group:BUNDLE 0 1
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 0.0.0.0
        a=sendonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:0
        a=msid:{aaa923f7-130d-455a-b5c3-3bf74267a1f4} {2004c3f2-2c10-4a03-a6a0-edf7e49adc17}
        a=rtcp-fb:111 transport-cc
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=setup:active
        a=ssrc:2092559079 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 112 113
        c=IN IP4 0.0.0.0
        a=sendonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:12/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:5/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap-allow-mixed
        a=fmtp:96 max-fs=12288;max-fr=60
        a=fmtp:97 apt=96
        a=fmtp:98 max-fs=12288;max-fr=60
        a=fmtp:99 apt=98
        a=fmtp:113 apt=112
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:1
        a=msid:{aaa923f7-130d-455a-b5c3-3bf74267a1f4} {d3a3d0e7-99a5-46d5-b5ed-bb2fbb25e79d}
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=rtpmap:98 VP9/90000
        a=rtpmap:99 rtx/90000
        a=rtpmap:112 AV1/90000
        a=rtpmap:113 rtx/90000
        a=setup:active
        a=simulcast:send q;h;f
        a=ssrc:3962084242 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:1814746316 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:320061242 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:4246437478 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:212124095 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:662161045 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc-group:FID 3962084242 1814746316
        a=ssrc-group:FID 320061242 4246437478
        a=ssrc-group:FID 212124095 662161045

        """

    static let firefoxAnswerMixed = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 2078532130714609043 1 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=extmap-allow-mixed
        a=fingerprint:sha-256 42:62:C1:9E:92:72:6A:24:8E:4A:44:32:FB:C0:31:DF:DF:FF:A8:E3:D2:E3:D0:63:8D:9B:F3:CE:84:19:6F:B2
        a=group:BUNDLE 0 1 2 3 4
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 55548 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 192.0.2.2
        a=candidate:0 1 UDP 2122187007 192.0.2.2 55548 typ host
        a=candidate:1 1 UDP 2122252543 fd00::2 36292 typ host
        a=candidate:2 1 TCP 2105458943 192.0.2.2 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 fd00::2 9 typ host tcptype active
        a=sendonly
        a=end-of-candidates
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:0
        a=msid:{aaa923f7-130d-455a-b5c3-3bf74267a1f4} {2004c3f2-2c10-4a03-a6a0-edf7e49adc17}
        a=rtcp-fb:111 transport-cc
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=setup:active
        a=ssrc:2092559079 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 112 113
        c=IN IP4 0.0.0.0
        a=sendonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:12/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:5/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap-allow-mixed
        a=fmtp:96 max-fs=12288;max-fr=60
        a=fmtp:97 apt=96
        a=fmtp:98 max-fs=12288;max-fr=60
        a=fmtp:99 apt=98
        a=fmtp:113 apt=112
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:1
        a=msid:{aaa923f7-130d-455a-b5c3-3bf74267a1f4} {d3a3d0e7-99a5-46d5-b5ed-bb2fbb25e79d}
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=rtpmap:98 VP9/90000
        a=rtpmap:99 rtx/90000
        a=rtpmap:112 AV1/90000
        a=rtpmap:113 rtx/90000
        a=setup:active
        a=simulcast:send q;h;f
        a=ssrc:3962084242 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:1814746316 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:320061242 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:4246437478 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:212124095 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc:662161045 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        a=ssrc-group:FID 3962084242 1814746316
        a=ssrc-group:FID 320061242 4246437478
        a=ssrc-group:FID 212124095 662161045
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:2
        a=rtcp-fb:111 transport-cc
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=setup:active
        a=ssrc:2584411037 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 112 113
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:12/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:5/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap-allow-mixed
        a=fmtp:96 max-fs=12288;max-fr=60
        a=fmtp:97 apt=96
        a=fmtp:98 max-fs=12288;max-fr=60
        a=fmtp:99 apt=98
        a=fmtp:113 apt=112
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:3
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=rtpmap:98 VP9/90000
        a=rtpmap:99 rtx/90000
        a=rtpmap:112 AV1/90000
        a=rtpmap:113 rtx/90000
        a=setup:active
        a=ssrc:2118902993 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 112 113
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:12/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:5/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap-allow-mixed
        a=fmtp:96 max-fs=12288;max-fr=60
        a=fmtp:97 apt=96
        a=fmtp:98 max-fs=12288;max-fr=60
        a=fmtp:99 apt=98
        a=fmtp:113 apt=112
        a=ice-pwd:0f7d8b1f54034e8b4f6de1dd17aa04b2
        a=ice-ufrag:b70a0299
        a=mid:4
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=rtpmap:98 VP9/90000
        a=rtpmap:99 rtx/90000
        a=rtpmap:112 AV1/90000
        a=rtpmap:113 rtx/90000
        a=setup:active
        a=ssrc:2516351251 cname:{5a14eeb6-7ec8-42e8-b18b-eca87cdb5517}

        """

    static let wrtcAnswerPublish = """
        v=0
        o=- 5134999081144781956 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=cryptex
        a=msid-semantic: WMS
        m=audio 9 UDP/TLS/RTP/SAVPF 111 110
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Me6M
        a=ice-pwd:aDR9ryn2H0rHsbjiabX7sl+X
        a=ice-options:trickle
        a=fingerprint:sha-256 40:CB:FB:49:D9:4D:61:DF:11:65:6C:B9:FE:5F:C6:71:18:57:4B:53:FA:20:0D:69:30:BC:57:46:CF:2D:33:50
        a=setup:active
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:- 6073980d-01c2-468e-bf9d-294cf82b1ead
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:110 red/48000/2
        a=fmtp:110 111/111
        a=ssrc:608149735 cname:KDrbw+RRPYNGs75y
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 112 113 100 101
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:Me6M
        a=ice-pwd:aDR9ryn2H0rHsbjiabX7sl+X
        a=ice-options:trickle
        a=fingerprint:sha-256 40:CB:FB:49:D9:4D:61:DF:11:65:6C:B9:FE:5F:C6:71:18:57:4B:53:FA:20:0D:69:30:BC:57:46:CF:2D:33:50
        a=setup:active
        a=mid:1
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:- 5adf515e-8d1e-4465-95bf-3efc47717f40
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:112 AV1/90000
        a=rtcp-fb:112 transport-cc
        a=rtcp-fb:112 ccm fir
        a=rtcp-fb:112 nack
        a=rtcp-fb:112 nack pli
        a=fmtp:112 level-idx=5;profile=0;tier=0
        a=rtpmap:113 rtx/90000
        a=fmtp:113 apt=112
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f

        """

    static let aiortcAnswerMixed = """
        v=0
        o=- 4004243199 4004243199 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2 3 4
        a=msid-semantic:WMS *
        m=audio 59862 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 127.0.0.1
        a=sendonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=mid:0
        a=msid:ba784e31-d1c6-4c4e-a057-4133ea571203 c3183538-0ca8-448b-a9bd-3c4c93b6dc7d
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc:1393853143 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=rtpmap:111 opus/48000/2
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 59862 typ host
        a=end-of-candidates
        a=ice-ufrag:Jpdg
        a=ice-pwd:1WEGnNlMikNquVXncEVjMb
        a=fingerprint:sha-256 1A:E1:A2:17:0A:39:39:E9:A6:24:FE:44:E0:56:22:52:74:C6:9F:48:7A:A2:CE:09:7C:A3:93:91:75:B5:09:3D
        a=fingerprint:sha-384 98:76:13:8F:9C:4B:57:75:25:48:2F:CE:40:A6:12:CB:D4:62:1F:46:A7:6B:32:22:15:A9:49:34:17:0B:C8:A5:BC:33:55:04:2E:1D:BF:13:CD:83:F6:05:4C:C4:01:49
        a=fingerprint:sha-512 77:A2:5C:4B:DE:AB:E6:6A:27:83:1A:4B:31:2A:45:23:95:43:E5:B4:AC:20:12:34:0A:39:CD:94:C4:A0:B0:49:27:39:72:28:33:57:1C:64:BC:3C:6C:D7:C8:CE:B3:FC:5E:DA:32:7C:10:62:84:52:A1:7E:C2:6D:1A:B8:B7:B5
        a=setup:active
        m=video 59862 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105
        c=IN IP4 127.0.0.1
        a=sendonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:1
        a=msid:ba784e31-d1c6-4c4e-a057-4133ea571203 c1363b42-5d7e-41b5-9394-3969899adb08
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 643384520 2093300648
        a=ssrc:643384520 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=ssrc:2093300648 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 59862 typ host
        a=end-of-candidates
        a=ice-ufrag:Jpdg
        a=ice-pwd:1WEGnNlMikNquVXncEVjMb
        a=fingerprint:sha-256 1A:E1:A2:17:0A:39:39:E9:A6:24:FE:44:E0:56:22:52:74:C6:9F:48:7A:A2:CE:09:7C:A3:93:91:75:B5:09:3D
        a=fingerprint:sha-384 98:76:13:8F:9C:4B:57:75:25:48:2F:CE:40:A6:12:CB:D4:62:1F:46:A7:6B:32:22:15:A9:49:34:17:0B:C8:A5:BC:33:55:04:2E:1D:BF:13:CD:83:F6:05:4C:C4:01:49
        a=fingerprint:sha-512 77:A2:5C:4B:DE:AB:E6:6A:27:83:1A:4B:31:2A:45:23:95:43:E5:B4:AC:20:12:34:0A:39:CD:94:C4:A0:B0:49:27:39:72:28:33:57:1C:64:BC:3C:6C:D7:C8:CE:B3:FC:5E:DA:32:7C:10:62:84:52:A1:7E:C2:6D:1A:B8:B7:B5
        a=setup:active
        m=audio 59862 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 127.0.0.1
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=mid:2
        a=msid:ba784e31-d1c6-4c4e-a057-4133ea571203 ac3c46c0-38c7-400b-8d17-f2884cbbcebd
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc:2798106046 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=rtpmap:111 opus/48000/2
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 59862 typ host
        a=end-of-candidates
        a=ice-ufrag:Jpdg
        a=ice-pwd:1WEGnNlMikNquVXncEVjMb
        a=fingerprint:sha-256 1A:E1:A2:17:0A:39:39:E9:A6:24:FE:44:E0:56:22:52:74:C6:9F:48:7A:A2:CE:09:7C:A3:93:91:75:B5:09:3D
        a=fingerprint:sha-384 98:76:13:8F:9C:4B:57:75:25:48:2F:CE:40:A6:12:CB:D4:62:1F:46:A7:6B:32:22:15:A9:49:34:17:0B:C8:A5:BC:33:55:04:2E:1D:BF:13:CD:83:F6:05:4C:C4:01:49
        a=fingerprint:sha-512 77:A2:5C:4B:DE:AB:E6:6A:27:83:1A:4B:31:2A:45:23:95:43:E5:B4:AC:20:12:34:0A:39:CD:94:C4:A0:B0:49:27:39:72:28:33:57:1C:64:BC:3C:6C:D7:C8:CE:B3:FC:5E:DA:32:7C:10:62:84:52:A1:7E:C2:6D:1A:B8:B7:B5
        a=setup:active
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:3
        a=msid:ba784e31-d1c6-4c4e-a057-4133ea571203 d325d5a1-c86f-4c53-a566-b3cf5f75c3ce
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 2889005411 1592091343
        a=ssrc:2889005411 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=ssrc:1592091343 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=ice-ufrag:Jpdg
        a=ice-pwd:1WEGnNlMikNquVXncEVjMb
        a=fingerprint:sha-256 1A:E1:A2:17:0A:39:39:E9:A6:24:FE:44:E0:56:22:52:74:C6:9F:48:7A:A2:CE:09:7C:A3:93:91:75:B5:09:3D
        a=fingerprint:sha-384 98:76:13:8F:9C:4B:57:75:25:48:2F:CE:40:A6:12:CB:D4:62:1F:46:A7:6B:32:22:15:A9:49:34:17:0B:C8:A5:BC:33:55:04:2E:1D:BF:13:CD:83:F6:05:4C:C4:01:49
        a=fingerprint:sha-512 77:A2:5C:4B:DE:AB:E6:6A:27:83:1A:4B:31:2A:45:23:95:43:E5:B4:AC:20:12:34:0A:39:CD:94:C4:A0:B0:49:27:39:72:28:33:57:1C:64:BC:3C:6C:D7:C8:CE:B3:FC:5E:DA:32:7C:10:62:84:52:A1:7E:C2:6D:1A:B8:B7:B5
        a=setup:active
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105
        c=IN IP4 0.0.0.0
        a=recvonly
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:4
        a=msid:ba784e31-d1c6-4c4e-a057-4133ea571203 9feb135c-7c3e-4e86-aca2-5e3399d2fd75
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 739194297 3121750597
        a=ssrc:739194297 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=ssrc:3121750597 cname:8eb75225-00b7-49fe-98a2-e7951c882e1d
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:105 rtx/90000
        a=fmtp:105 apt=104
        a=ice-ufrag:Jpdg
        a=ice-pwd:1WEGnNlMikNquVXncEVjMb
        a=fingerprint:sha-256 1A:E1:A2:17:0A:39:39:E9:A6:24:FE:44:E0:56:22:52:74:C6:9F:48:7A:A2:CE:09:7C:A3:93:91:75:B5:09:3D
        a=fingerprint:sha-384 98:76:13:8F:9C:4B:57:75:25:48:2F:CE:40:A6:12:CB:D4:62:1F:46:A7:6B:32:22:15:A9:49:34:17:0B:C8:A5:BC:33:55:04:2E:1D:BF:13:CD:83:F6:05:4C:C4:01:49
        a=fingerprint:sha-512 77:A2:5C:4B:DE:AB:E6:6A:27:83:1A:4B:31:2A:45:23:95:43:E5:B4:AC:20:12:34:0A:39:CD:94:C4:A0:B0:49:27:39:72:28:33:57:1C:64:BC:3C:6C:D7:C8:CE:B3:FC:5E:DA:32:7C:10:62:84:52:A1:7E:C2:6D:1A:B8:B7:B5
        a=setup:active

        """

    static let all: [(name: String, text: String)] = [
        ("chromiumAnswerPublish", chromiumAnswerPublish),
        ("chromiumAnswerMixed", chromiumAnswerMixed),
        ("chromiumAnswerStopped", chromiumAnswerStopped),
        ("firefoxAnswerPublish", firefoxAnswerPublish),
        ("firefoxAnswerMixed", firefoxAnswerMixed),
        ("wrtcAnswerPublish", wrtcAnswerPublish),
        ("aiortcAnswerMixed", aiortcAnswerMixed),
    ]
}
