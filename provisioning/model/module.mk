LIBS += model
model_DIR  := provisioning/model
model_SRCS := catalogue.c hardening.c lint.c phone.c site.c source.c
model_USES := base
model_PKGS :=
model_EMBED := settings.catalogue
