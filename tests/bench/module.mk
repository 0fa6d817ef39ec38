BENCH_PROGRAMS += render
render_DIR  := tests/bench
render_SRCS := render.c render_phones.c render_peer.c
render_USES := base model document settings
render_PKGS := libxml-2.0
