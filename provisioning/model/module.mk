LIBS += model
model_DIR  := provisioning/model
model_SRCS := phone.c site.c source.c
model_USES := base
model_PKGS :=
