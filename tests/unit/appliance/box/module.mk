UNIT_TESTS += test_box_model
test_box_model_DIR  := tests/unit/appliance/box
test_box_model_SRCS := test_box_model.c
test_box_model_USES := base box model

UNIT_TESTS += test_box_texts
test_box_texts_DIR  := tests/unit/appliance/box
test_box_texts_SRCS := test_box_texts.c
test_box_texts_USES := base box

UNIT_TESTS += test_plan
test_plan_DIR  := tests/unit/appliance/box
test_plan_SRCS := test_plan.c
test_plan_USES := base box

UNIT_TESTS += test_apply_file
test_apply_file_DIR  := tests/unit/appliance/box
test_apply_file_SRCS := test_apply_file.c
test_apply_file_USES := base box

UNIT_TESTS += test_names
test_names_DIR  := tests/unit/appliance/box
test_names_SRCS := test_names.c
test_names_USES := base box

FUZZERS += networkd_state
networkd_state_DIR  := tests/fuzz/networkd_state
networkd_state_SRCS := fuzz.c
networkd_state_USES := base box

UNIT_TESTS += test_kernel
test_kernel_DIR  := tests/unit/appliance/box
test_kernel_SRCS := test_kernel.c
test_kernel_USES := base box

UNIT_TESTS += test_clock_floor
test_clock_floor_DIR  := tests/unit/appliance/box
test_clock_floor_SRCS := test_clock_floor.c
test_clock_floor_USES := base box

UNIT_TESTS += test_clock_say
test_clock_say_DIR  := tests/unit/appliance/box
test_clock_say_SRCS := test_clock_say.c
test_clock_say_USES := base box

UNIT_TESTS += test_cards
test_cards_DIR  := tests/unit/appliance/box
test_cards_SRCS := test_cards.c
test_cards_USES := base box

UNIT_TESTS += test_people
test_people_DIR  := tests/unit/appliance/box
test_people_SRCS := test_people.c
test_people_USES := base box
