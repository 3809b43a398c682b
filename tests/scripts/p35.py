import pandas as pd
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Conv2D, MaxPooling2D, GlobalAveragePooling2D, Dense, Dropout
from tensorflow.keras.optimizers import RMSprop

labels = pd.read_csv('labels.csv')
labels['id'] = labels['id'].apply(lambda name: name if name.endswith('.png') else name + '.png')
gen = ImageDataGenerator(rescale=1./255, validation_split=0.25, horizontal_flip=True, brightness_range=(0.8, 1.2))
args = {'dataframe': labels, 'directory': 'animals', 'x_col': 'id', 'y_col': 'label', 'target_size': (72, 72),
        'class_mode': 'categorical', 'batch_size': 18, 'seed': 5}
train = gen.flow_from_dataframe(subset='training', **args)
valid = gen.flow_from_dataframe(subset='validation', **args)

model = Sequential()
model.add(Conv2D(18, 3, activation='relu', input_shape=(72, 72, 3)))
model.add(MaxPooling2D())
model.add(Conv2D(36, 3, activation='relu'))
model.add(GlobalAveragePooling2D())
model.add(Dropout(.3))
model.add(Dense(3, activation='softmax'))
model.compile(optimizer=RMSprop(learning_rate=5e-4), loss='categorical_crossentropy', metrics=['acc'])
history = model.fit(train, steps_per_epoch=train.n // train.batch_size, epochs=6,
                    validation_data=valid, validation_steps=valid.n // valid.batch_size)
